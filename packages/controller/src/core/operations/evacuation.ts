/** What is left to be planned of the nodes that are being emptied, and when one of them is empty. */
import {
  type Command,
  controllerProps,
  evacuateAtOnceKey,
  evacuateAtOnceUsually,
  firstOf,
  isLive,
  nodeOf,
  type Resource,
  refer,
  resourcesOn,
  type State,
  volumesOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { finishOperation } from './finish.ts'

/** A replica without a place is tried again this often: nodes come back, room becomes free. */
const evacuationRetryMs = 30_000

/**
 * One command for each replica that has no plan yet, and for those without a place whose time has
 * come. `now`: ms since epoch; `everyMs`: how often this is asked.
 */
export function pendingEvacuations(state: State, now: number, everyMs: number): Command[] {
  const commands: Command[] = []
  for (const { name, evacuation } of state.nodes.values()) {
    if (!evacuation || !state.operations.has(evacuation.operation)) continue
    const rows = resourcesOn(state, name)
    let free = limitOf(state, name) - rows.filter((row) => isBeingCopied(state, row)).length
    for (const row of rows) {
      if (!isUnplanned(row)) continue
      const { blocked, definition, node } = row
      const isDue = !blocked || (now - blocked.at) % evacuationRetryMs < everyMs
      // What has no data needs no copy, and waits for nobody.
      const isCopy = row.kind === 'diskful'
      if (!isDue || (isCopy && free <= 0)) continue
      if (isCopy) free -= 1
      commands.push({ type: 'evacuation.plan', args: { definition, node } })
    }
  }
  return commands
}

/** Node > controller: how many of its replicas are copied at once. */
function limitOf(state: State, node: string): number {
  const chain = [nodeOf(state, node)?.props, controllerProps(state)]
  return Number(firstOf(evacuateAtOnceKey, chain) ?? evacuateAtOnceUsually)
}

/** Its replacement has not all of its data yet. One that is away gets none, and keeps nobody waiting. */
function isBeingCopied(state: State, { definition, leaving }: Resource): boolean {
  if (leaving?.by === undefined) return false
  if (nodeOf(state, leaving.by)?.link.status !== 'online') return false
  return volumesOf(state, definition, leaving.by).some(({ disk }) => disk !== 'UpToDate')
}

export function isUnplanned(row: Resource): boolean {
  return isLive(row) && row.leaving === undefined
}

/** Over when nothing is left on the node; or, after it was restored, nothing that had begun to go. */
export function settleEvacuation(draft: Draft, name: string): void {
  const target = refer('node', name).toLowerCase()
  for (const { id, kind } of draft.state.operations.by('target', target)) {
    if (kind !== 'evacuate-node') continue
    const rows = resourcesOn(draft.state, name)
    const isWanted = nodeOf(draft.state, name)?.evacuation?.operation === id
    const left = isWanted
      ? rows.length
      : rows.filter(({ phase }) => phase.status === 'deleting' && phase.operation === id).length
    if (left === 0) finishOperation(draft, id)
  }
}
