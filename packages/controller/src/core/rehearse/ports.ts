/**
 * What a decision was given beside the state, as far as the log tells: time, ids, chance and keys
 * stand in what came of it. What satellites had reported does not, so that is supposed.
 */
import type { Entry, State } from '@varve/events'
import type { Ports } from '../accept.ts'
import type { VaultView } from '../context.ts'
import { type Supposition, supposed } from './supposed.ts'

export function recordedPorts(
  state: State,
  entries: readonly Entry[],
  sequence: number,
  supposition: Supposition,
): Ports {
  const [lead, ...followers] = entries
  const chance = fieldsOf(entries, ['day0', 'generation'])
  return {
    now: lead?.at ?? 0,
    sequence,
    // One id too many is asked for where more follows now than did then: that is a difference.
    newId: () => followers.shift()?.id ?? lead?.id ?? '',
    random64: () => chance.shift() ?? '1111111111111111',
    observed: supposed(state, entries, supposition),
    vault: recordedVault(state, entries),
  }
}

/** Open when it was open, as far as its keys show; they come in the order in which they were made. */
function recordedVault(state: State, entries: readonly Entry[]): VaultView {
  const keys = fieldsOf(entries, ['key'], 'volume-definition.key-set')
  const secrets = fieldsOf(entries, ['secret'])
  const fingerprints = fieldsOf(entries, ['fingerprint'])
  const isUnlocked =
    keys.length + secrets.length > 0 ||
    state.encryption.get('')?.unlockedTerm === state.position.term
  return {
    isUnlocked,
    newKey: () => keys.shift(),
    newSecret: () => {
      const wrapped = secrets.shift()
      const fingerprint = fingerprints.shift()
      return wrapped === undefined || fingerprint === undefined
        ? undefined
        : { wrapped, fingerprint }
    },
  }
}

/** Texts of these fields of the events, in order. */
function fieldsOf(entries: readonly Entry[], fields: readonly string[], type?: string): string[] {
  const events = entries.flatMap((entry) => entry.events)
  return events.flatMap((event) => {
    if (type !== undefined && event.type !== type) return []
    const values = Object.entries(event).filter(([name]) => fields.includes(name))
    return values.flatMap(([, value]) => (typeof value === 'string' ? [value] : []))
  })
}
