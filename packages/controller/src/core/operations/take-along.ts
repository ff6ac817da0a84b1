/**
 * What a replica that makes way has of snapshots goes along: each is copied to where its replacement
 * is (0009), and goes from here when another node has it. So none is ever on fewer nodes than before.
 */
import {
  controllerProps,
  firstOf,
  isYes,
  nameKey,
  nodeOf,
  type Resource,
  type Snapshot,
  type State,
  snapshotsOf,
  volumesOf,
} from '@varve/events'
import { copySnapshot } from '../decide/copy.ts'
import { hasIt } from '../decide/copy-guard.ts'
import { deleteSnapshot } from '../decide/snapshot-delete.ts'
import type { Draft } from '../draft.ts'

/**
 * True: something of it is still here, so the replica waits. What cannot be copied, and what a copy
 * has failed of, stays and says why; nothing is tried again that a person has not asked for.
 */
export function takesAlong(draft: Draft, source: Resource, to: string | undefined): boolean {
  const before = draft.reply
  const left = snapshotsOf(draft.state, source.definition).filter((row) => isOn(row, source.node))
  for (const row of left) {
    if (row.phase === 'ready') takeAlong(draft, { row, source, to })
  }
  draft.reply = before
  return left.length > 0
}

/** Taken here of this very replica, and not on its way out as a whole. */
function isOn({ phase, nodes }: Snapshot, node: string): boolean {
  if (phase === 'failed') return false
  return nodes.some(
    (one) =>
      nameKey(one.node) === nameKey(node) && one.volumes.length > 0 && one.copy === undefined,
  )
}

type Way = {
  readonly row: Snapshot
  readonly source: Resource
  readonly to: string | undefined
}

function takeAlong(draft: Draft, { row, source, to }: Way): void {
  const { definition, name: snapshot } = row
  const there = row.nodes.find(({ node }) => nameKey(node) === nameKey(to ?? ''))
  const isAway = nodeOf(draft.state, source.node)?.link.status !== 'online'
  if (to !== undefined && isCopied(draft.state, source.node) && !(there && hasIt(there))) {
    // A copy that is under way or has failed is not begun again.
    if (there?.copy !== undefined) return
    const pool = volumesOf(draft.state, definition, to).find((row) => row.pool)?.pool
    const from = isAway ? {} : { from: source.node }
    const where = { to, ...from, ...(pool === undefined ? {} : { pool }) }
    draft.attempt(() => copySnapshot(draft, { definition, snapshot, ...where }))
    return
  }
  // It is refused as long as no other node has it, or something is made from it here.
  draft.attempt(() => deleteSnapshot(draft, { definition, snapshot, nodes: [source.node] }))
}

/** Node > controller; as LINSTOR does it unless somebody says no. One that moves alone takes all. */
const isCopied = (state: State, node: string): boolean =>
  nodeOf(state, node)?.evacuation === undefined ||
  isYes(
    firstOf('CopyAllSnapsOnEvacuate', [nodeOf(state, node)?.props, controllerProps(state)]) ??
      'true',
  )
