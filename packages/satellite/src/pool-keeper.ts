/** Does what the node's own pools need before anything can be placed in them. */
import type { DesiredNode } from '@varve/events'
import { type ApplyOptions, runSteps } from './apply.ts'
import type { Inventory } from './core/inventory.ts'
import { planPools } from './core/reconcile.ts'

/** A pool that cannot be used must not keep us busy. */
const retryMs = 60_000

export type PoolKeeper = (node: DesiredNode | undefined, seen: Inventory) => void

/** After a look: starts the work that there is for pools, once a minute at most. */
export function createPoolKeeper(
  options: ApplyOptions,
  start: (job: () => Promise<void>) => void,
): PoolKeeper {
  let againAt = 0
  return (node, seen) => {
    const steps = planPools(node, seen)
    const now = options.clock.now()
    if (steps.length === 0 || now < againAt) return
    againAt = now + retryMs
    start(async () => {
      await runSteps('(pools)', steps, options)
    })
  }
}
