/** Look, plan, run, look again, for one document: the reconciler's loop without time and company. */
import type { DesiredResource, StepFailure } from '@varve/events'
import { runSteps } from './apply.ts'
import type { Inventory } from './core/inventory.ts'
import { planResource } from './core/reconcile.ts'
import type { Host } from './host/host.ts'
import { takeInventory, wantedPlaces } from './inventory.ts'
import { type Log, realClock } from './ports.ts'
import type { NodeKey } from './secrets/node-key.ts'

const mostRounds = 8
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export type Converged = {
  readonly kind: 'true' | 'waits' | 'refused' | 'failed'
  readonly reason?: string
  readonly failure?: StepFailure
  /** Rounds in which something was done. */
  readonly rounds: number
  readonly inventory: Inventory
}

export async function converge(
  host: Host,
  document: DesiredResource,
  unseal?: NodeKey['unseal'],
): Promise<Converged> {
  const formatted = new Set<string>()
  const nothing = new Set<string>()
  const bereft = new Set<string>()
  const memory = { lostDisks: nothing, forgotten: nothing, formatted, bereft, receiving: nothing }
  const { signal } = new AbortController()
  for (let rounds = 0; ; rounds += 1) {
    const inventory = await takeInventory(host, wantedPlaces([document], undefined), memory)
    const next = planResource(document, inventory)
    if (next.kind === 'true') return { kind: 'true', rounds, inventory }
    if (next.kind === 'refused' || next.kind === 'waits')
      return { kind: next.kind, reason: next.reason, rounds, inventory }
    if (rounds === mostRounds) {
      return { kind: 'failed', reason: 'it does not converge', rounds, inventory }
    }
    const keys = unseal ? { unseal } : {}
    const context = { host, clock: realClock, log: silent, signal, ...keys }
    const outcome = await runSteps(document.resource, next.steps, context)
    if (outcome.kind === 'failed' && outcome.shuts !== undefined) bereft.add(outcome.shuts)
    else if (outcome.kind === 'failed') {
      return { kind: 'failed', failure: outcome.failure, rounds, inventory }
    }
    if (outcome.kind === 'done') {
      for (const step of next.steps) if (step.kind === 'make') formatted.add(step.key)
    }
  }
}
