/** What a node says has come of its device pools, and what follows from it. */
import { type Args, type DevicePool, devicePoolOf } from '@varve/events'
import { createPool } from '../decide/pool.ts'
import type { Draft } from '../draft.ts'

export function devicePoolObserved(
  draft: Draft,
  args: Args<'fact.device-pool-observed'>,
): undefined {
  const row = devicePoolOf(draft.state, args.node, args.backing)
  // Of one of the same name that was there before, or nothing that we wait for.
  if (!row || row.origin.entry !== args.owner || row.operation === undefined) return undefined
  const { node, backing, operation, phase } = row
  const problem = args.problem ?? 'its node does not say why'
  if (phase === 'creating' && args.state === 'present') {
    draft.record({ type: 'device-pool.created', node, backing })
    addStoragePool(draft, row)
  } else if (phase === 'creating' && args.state === 'failed') {
    draft.record({ type: 'device-pool.failed', node, backing, problem })
  } else if (phase === 'deleting' && args.state === 'absent') {
    draft.record({ type: 'device-pool.deleted', node, backing })
  } else if (phase === 'deleting' && args.state === 'failed') {
    draft.record({ type: 'device-pool.deletion-failed', node, backing, problem })
  } else return undefined
  draft.record({ type: 'operation.finished', operation })
  return undefined
}

/** Its name and its backing were kept free for it meanwhile, so there is nothing to refuse. */
function addStoragePool(draft: Draft, { node, backing, provider, storagePool }: DevicePool): void {
  if (storagePool !== undefined) createPool(draft, { node, pool: storagePool, provider, backing })
}
