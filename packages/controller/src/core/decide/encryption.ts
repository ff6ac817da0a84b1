/**
 * The cluster's passphrase and the keys of volumes. Secrets arrive here as ciphertext only: the
 * shell has tried the passphrase and wrapped what it was given (secrets/protect.ts).
 */
import {
  type Args,
  nameKey,
  type Refusal,
  type ResourceDefinition,
  refuse,
  type Secret,
  wrappedOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'

const enterIt = 'Enter it: varve encryption enter-passphrase'
const createIt = 'Create one: varve encryption create-passphrase'

export function createPassphrase(
  draft: Draft,
  args: Args<'encryption.create-passphrase'>,
): Refusal | undefined {
  if (draft.state.encryption.get('')) {
    const remedy = 'To change it: varve encryption modify-passphrase'
    return refuse('passphrase-exists', {}, remedy)
  }
  return setMaster(draft, args.passphrase)
}

/** The old passphrase has opened `oldPassphrase.wrapped`; only if that still counts may it go. */
export function modifyPassphrase(
  draft: Draft,
  args: Args<'encryption.modify-passphrase'>,
): Refusal | undefined {
  return refuseUnopened(draft, args.oldPassphrase) ?? setMaster(draft, args.newPassphrase)
}

export function enterPassphrase(
  draft: Draft,
  args: Args<'encryption.enter-passphrase'>,
): Refusal | undefined {
  const refused = refuseUnopened(draft, args.passphrase)
  if (!refused) draft.record({ type: 'encryption.unlocked' })
  return refused
}

/** The leader holds the open key already, from before its reign. */
export function noteUnlocked(draft: Draft): Refusal | undefined {
  if (draft.state.encryption.get('')) draft.record({ type: 'encryption.unlocked' })
  return undefined
}

/** Gives a new volume of an encrypted stack its key: the user's own, or a random one. */
export function setVolumeKey(
  draft: Draft,
  definition: ResourceDefinition,
  number: number,
  passphrase: Secret | undefined,
): Refusal | undefined {
  if (!definition.layers.includes('LUKS')) {
    if (passphrase === undefined) return undefined
    const problem = `${definition.name} has no LUKS layer, so its volumes have no passphrase`
    return refuse('invalid-arguments', { subject: 'passphrase', problem })
  }
  const refused = refuseClosed(draft)
  if (refused) return refused
  const chosen = wrappedOf(passphrase)
  const key = chosen ?? draft.context.vault?.newKey(nameKey(definition.name))
  if (key === undefined) return refuse('locked', {}, enterIt)
  draft.record({
    type: 'volume-definition.key-set',
    definition: definition.name,
    number,
    key,
    ...(chosen === undefined ? {} : { isChosen: true }),
  })
  return undefined
}

/**
 * DRBD's peers prove to each other that they belong together, where there is a master key to keep
 * the secret under. A cluster without one, or a locked one, gets connections as before.
 */
export function setSharedSecret(draft: Draft, definition: ResourceDefinition): void {
  if (!definition.layers.includes('DRBD') || !draft.state.encryption.get('')) return
  const made = draft.context.vault?.newSecret(nameKey(definition.name))
  if (!made) return
  const { wrapped: secret, fingerprint } = made
  const { name } = definition
  draft.record({ type: 'resource-definition.secret-set', definition: name, secret, fingerprint })
}

export function refuseClosed(draft: Draft): Refusal | undefined {
  if (!draft.state.encryption.get('')) return refuse('no-passphrase', {}, createIt)
  return draft.context.vault?.isUnlocked ? undefined : refuse('locked', {}, enterIt)
}

/** What a passphrase has opened must be the master key as it stands now. */
function refuseUnopened(draft: Draft, opened: Secret): Refusal | undefined {
  const current = draft.state.encryption.get('')
  if (!current) return refuse('no-passphrase', {}, createIt)
  return wrappedOf(opened) === current.master ? undefined : refuse('wrong-passphrase')
}

function setMaster(draft: Draft, secret: Secret): Refusal | undefined {
  const master = wrappedOf(secret)
  if (master === undefined) {
    return refuse('internal-error', { problem: 'a passphrase was to be recorded as it is' })
  }
  draft.record({ type: 'encryption.passphrase-set', master })
  return undefined
}
