/** A copy of a whole definition: a snapshot of its own that becomes a definition at once. */
import {
  type Args,
  type CloneAs,
  checkProperty,
  definitionOf,
  isRefusal,
  nameKey,
  type Refusal,
  refusalText,
  refuse,
  type Snapshot,
  snapshotOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { requireDefinition, requireGroup } from './require.ts'
import { restoreSnapshot } from './restore.ts'
import { createSnapshot } from './snapshot.ts'

/** Longest name of a snapshot: reference 1. */
const nameLength = 48

export function cloneDefinition(
  draft: Draft,
  args: Args<'resource-definition.clone'>,
): Refusal | undefined {
  const source = requireDefinition(draft.state, args.definition)
  if (isRefusal(source)) return source
  if (definitionOf(draft.state, args.to)) {
    return refuse('exists', { noun: 'resource definition', subject: args.to })
  }
  const snapshot = cloneSnapshotName(args.to)
  forgetFailed(draft, snapshotOf(draft.state, source.name, snapshot))
  const { definition: _, nodes, to, ...cloneAs } = args
  const refused = refuseDifferences(draft, cloneAs)
  if (refused) return refused
  const taken = { definition: source.name, snapshot, nodes, cloneTo: to }
  return createSnapshot(draft, { ...taken, ...(isEmpty(cloneAs) ? {} : { cloneAs }) })
}

/** Judged before anything is taken, and not when the clone is made. */
function refuseDifferences(draft: Draft, { group, setProps = {} }: CloneAs): Refusal | undefined {
  const found = group === undefined ? undefined : requireGroup(draft.state, group)
  if (isRefusal(found)) return found
  for (const [key, value] of Object.entries(setProps)) {
    const checked = checkProperty('resource-definition', key, value)
    if (!checked.ok) return refuse('invalid-property', { subject: key, problem: checked.problem })
  }
  return undefined
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0

/** What the clone is made from while it is made: `clone_<name>`. */
function cloneSnapshotName(to: string): string {
  return `clone_${to}`.slice(0, nameLength)
}

/** All or nothing: a refusal is the problem that the snapshot fails with. */
export function placeClone(draft: Draft, args: Args<'clone.place'>): Refusal | undefined {
  const row = snapshotOf(draft.state, args.definition, args.snapshot)
  if (row?.phase !== 'ready' || row.cloneTo === undefined || row.cloned) return undefined
  const { definition, name: snapshot, cloneTo, cloneAs } = row
  const { reply, explain } = draft
  const refused = draft.attempt(() =>
    restoreSnapshot(draft, { definition, snapshot, to: cloneTo, ...cloneAs }),
  )
  Object.assign(draft, { reply, explain })
  if (refused) {
    draft.record({ type: 'snapshot.failed', definition, snapshot, problem: refusalText(refused) })
    return undefined
  }
  draft.record({ type: 'snapshot.cloned', definition, snapshot })
  return undefined
}

/** A second attempt takes the place of one that failed and left nothing. */
function forgetFailed(draft: Draft, row: Snapshot | undefined): void {
  if (row?.phase !== 'failed' || !row.nodes.every(({ state }) => state === 'removed')) return
  const isClone = nameKey(row.name) === nameKey(cloneSnapshotName(row.cloneTo ?? ''))
  if (!isClone) return
  draft.record({ type: 'snapshot.deleted', definition: row.definition, snapshot: row.name })
}
