/** Changing a property container: override, then delete, then delete namespaces, all or nothing. */
import {
  checkDelete,
  checkProperty,
  hasProperties,
  keysBelow,
  nounOf,
  propsOf,
  type Reference,
  type Refusal,
  refuse,
} from '@varve/events'
import type { Draft } from '../draft.ts'

export type PropertyChanges = {
  readonly setProps?: Readonly<Record<string, string>> | undefined
  readonly deleteProps?: readonly string[] | undefined
  readonly deleteNamespaces?: readonly string[] | undefined
}

/** Who set the quorum: a user's value stops the automatic one (reference 10). */
export const quorumSetBy = 'Internal/Drbd/QuorumSetBy'
export const quorumKey = 'DrbdOptions/Resource/quorum'

export function changeProperties(
  draft: Draft,
  of: Reference,
  changes: PropertyChanges,
): Refusal | undefined {
  const level = nounOf(of)
  if (!hasProperties(level)) return undefined
  for (const [key, value] of Object.entries(changes.setProps ?? {})) {
    const checked = checkProperty(level, key, value)
    if (!checked.ok) return refuse('invalid-property', { subject: key, problem: checked.problem })
    setProperty(draft, of, checked.key, checked.value)
    if (checked.key === quorumKey) setProperty(draft, of, quorumSetBy, 'user')
  }
  for (const key of changes.deleteProps ?? []) {
    const checked = checkDelete(level, key)
    if (!checked.ok) return refuse('invalid-property', { subject: key, problem: checked.problem })
    deleteProperty(draft, of, checked.key)
    if (checked.key === quorumKey) deleteProperty(draft, of, quorumSetBy)
  }
  for (const namespace of changes.deleteNamespaces ?? []) {
    for (const key of keysBelow(propsOf(draft.state, of) ?? {}, namespace)) {
      const checked = checkDelete(level, key)
      if (!checked.ok) return refuse('invalid-property', { subject: key, problem: checked.problem })
      deleteProperty(draft, of, key)
    }
  }
  return undefined
}

/** Sets without judging: for what Varve itself writes. Nothing is recorded when it is so already. */
export function setProperty(draft: Draft, of: Reference, key: string, value: string): void {
  if (propsOf(draft.state, of)?.[key] !== value) {
    draft.record({ type: 'property.set', of, key, value })
  }
}

export function deleteProperty(draft: Draft, of: Reference, key: string): void {
  if (propsOf(draft.state, of)?.[key] !== undefined) {
    draft.record({ type: 'property.deleted', of, key })
  }
}
