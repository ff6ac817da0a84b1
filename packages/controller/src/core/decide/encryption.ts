/**
 * The cluster's passphrase and the keys of volumes. Secrets arrive here as ciphertext only: the
 * shell has tried the passphrase and wrapped what it was given (secrets/protect.ts).
 */
import {
  type Args,
  nameKey,
  nodeOf,
  type Refusal,
  type ResourceDefinition,
  refuse,
  resourcesOf,
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

/**
 * Connections that stand do not ask for it, and nodes take it over one after the other: one that was
 * made meanwhile would be refused by whoever is ahead, and DRBD would not try again.
 */
export function renewSharedSecret(draft: Draft, definition: ResourceDefinition) {
  const { name, layers } = definition
  if (!layers.includes('DRBD')) {
    const problem = `${name} has no DRBD layer, so it has no connections`
    return refuse('invalid-arguments', { subject: 'newSecret', problem })
  }
  const refused = refuseClosed(draft) ?? refuseUnconnected(draft, name)
  if (!refused) setSharedSecret(draft, definition)
  return refused
}

function refuseUnconnected(draft: Draft, definition: string): Refusal | undefined {
  const rows = resourcesOf(draft.state, definition)
  for (const { node } of rows) {
    if (nodeOf(draft.state, node)?.link.status !== 'online') {
      const problem = 'it would not learn the new secret, and the others would refuse it.'
      return refuse('node-offline', { subject: node, problem }, 'Start its satellite.')
    }
    const seen = draft.context.observed.resource(definition, node)?.connections ?? []
    const isConnected = (peer: string) =>
      seen.some((row) => nameKey(row.peer) === nameKey(peer) && row.state === 'Connected')
    const lost = rows.find((peer) => peer.node !== node && !isConnected(peer.node))
    if (lost) {
      const remedy = 'Wait until it is: varve explain stuck says what is in the way'
      return refuse('not-connected', { subject: node, measured: lost.node, definition }, remedy)
    }
  }
  return undefined
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
