/** Turns what is known into observations: of one resource, and of pools and drift after a look. */
import type { ObservedDrift, ObservedPools, Subjects } from '@varve/events'
import { findDrift } from './core/drift.ts'
import type { Inventory } from './core/inventory.ts'
import { measurePool } from './core/measure.ts'
import { reportResource, type Source, stateOf } from './core/report.ts'
import type { DrbdTable } from './drbd-table.ts'
import type { Publisher } from './publish.ts'
import type { Entry, Reconciler } from './reconciler.ts'

export type Report = {
  publisher: Publisher
  subjects: Subjects
  source: () => Source
  table: DrbdTable
}

export function publishEntry(report: Report, entry: Entry, inventory: Inventory | undefined): void {
  const { document, progress } = entry
  const { resource } = document
  // Events are newer than any inventory, as long as somebody tells them.
  const kernel = report.table.isLive()
    ? report.table.get(resource)
    : inventory?.drbd.resources.get(resource)
  const message = reportResource(report.source(), document, inventory, kernel, progress)
  const subject = report.subjects.observed(message.node, 'resource', resource)
  report.publisher.offer(subject, message, stateOf(message))
}

/** Pools and drift after every look; resources whose sizes moved with them. */
export function publishInventory(
  report: Report,
  reconciler: Reconciler,
  inventory: Inventory,
): void {
  const source = report.source()
  const { node } = source
  const pools: ObservedPools = {
    ...source,
    pools: (reconciler.node?.pools ?? []).map((pool) => measurePool(pool, inventory)),
  }
  // Free space moves all the time: only pools that come, go or break are a change of state.
  const state = JSON.stringify(pools.pools.map(({ pool, error }) => [pool, error]))
  report.publisher.offer(report.subjects.observed(node, 'pools', node), pools, state)
  const documents = [...reconciler.entries.values()].map((entry) => entry.document)
  const drift: ObservedDrift = { ...source, drift: findDrift(documents, inventory) }
  const driftSubject = report.subjects.observed(node, 'drift', node)
  report.publisher.offer(driftSubject, drift, JSON.stringify(drift.drift))
  for (const entry of reconciler.entries.values()) publishEntry(report, entry, inventory)
}
