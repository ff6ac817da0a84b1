/** Turns what is known into observations: of one resource, and of pools and drift after a look. */
import type {
  DesiredResource,
  ObservedDevicePool,
  ObservedDevicePools,
  ObservedDrift,
  ObservedFile,
  ObservedFiles,
  ObservedPools,
  Subjects,
} from '@varve/events'
import { findDrift } from './core/drift.ts'
import type { Inventory } from './core/inventory.ts'
import { measurePool } from './core/measure.ts'
import { isUnchanged, noting, type Reads } from './core/reads.ts'
import { type Progress, reportResource, type Source, stateOf } from './core/report.ts'
import type { DrbdTable } from './drbd-table.ts'
import type { Entry } from './entry.ts'
import type { DeviceView } from './geometry/read.ts'
import type { GeometryTable } from './geometry/table.ts'
import type { KernelResource } from './layers/drbd/parse.ts'
import type { Publisher } from './publish.ts'
import type { Reconciler } from './reconciler.ts'
import type { TransferViews } from './transfer/views.ts'

export type Report = {
  publisher: Publisher
  subjects: Subjects
  source: () => Source
  table: DrbdTable
  /** Copies of snapshots on their way. */
  transfers: (resource: string) => TransferViews
  geometries: Pick<GeometryTable, 'of' | 'peek'>
  /** What the last report of an entry was made of: the same again needs no report. */
  told: WeakMap<Entry, Told>
}

type Told = {
  readonly document: DesiredResource
  readonly progress: Progress
  readonly kernel: KernelResource | undefined
  readonly transfers: TransferViews
  readonly hasLooked: boolean
  readonly reads: Reads
  /** What was known of the devices that it names. */
  readonly devices: ReadonlyMap<string, DeviceView | undefined>
}

export function publishEntry(report: Report, entry: Entry, inventory: Inventory | undefined): void {
  const { document, progress } = entry
  const { resource } = document
  // Events are newer than any inventory, as long as somebody tells them.
  const kernel = report.table.isLive()
    ? report.table.get(resource)
    : inventory?.drbd.resources.get(resource)
  const transfers = report.transfers(resource)
  const told = report.told.get(entry)
  if (isTold(told, entry, { kernel, transfers }, inventory) && isKnown(told, report)) return
  const reads: Reads[number][] = []
  const seen = inventory && noting(inventory, reads)
  const devices = new Map<string, DeviceView | undefined>()
  const deviceOf = (path: string) => {
    const view = report.geometries.of(path, resource)
    devices.set(path, view)
    return view
  }
  const source = report.source()
  const message = reportResource(source, document, seen, kernel, progress, transfers, deviceOf)
  const hasLooked = seen !== undefined
  report.told.set(entry, { document, progress, kernel, transfers, hasLooked, reads, devices })
  const subject = report.subjects.observed(message.node, 'resource', resource)
  report.publisher.offer(subject, message, stateOf(message))
}

function isTold(
  told: Told | undefined,
  { document, progress }: Entry,
  { kernel, transfers }: Pick<Told, 'kernel' | 'transfers'>,
  inventory: Inventory | undefined,
): boolean {
  return (
    told?.document === document &&
    told.progress === progress &&
    told.kernel === kernel &&
    told.transfers === transfers &&
    told.hasLooked === (inventory !== undefined) &&
    (inventory === undefined || isUnchanged(told.reads, inventory))
  )
}

function isKnown(told: Told | undefined, { geometries }: Report): boolean {
  if (!told) return false
  for (const [path, view] of told.devices) if (geometries.peek(path) !== view) return false
  return true
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
  const state = JSON.stringify(pools.pools.map(({ pool, problem }) => [pool, problem]))
  report.publisher.offer(report.subjects.observed(node, 'pools', node), pools, state)
  const documents = [...reconciler.entries.values()].map((entry) => entry.document)
  const drift: ObservedDrift = {
    ...source,
    drift: findDrift(documents, inventory, reconciler.node),
  }
  const driftSubject = report.subjects.observed(node, 'drift', node)
  report.publisher.offer(driftSubject, drift, JSON.stringify(drift.drift))
  for (const entry of reconciler.entries.values()) publishEntry(report, entry, inventory)
}

/** What has come of the device pools in the node's document; at once, since somebody waits for it. */
export function publishDevicePools(
  { publisher, subjects, source }: Report,
  devicePools: readonly ObservedDevicePool[],
): void {
  const message: ObservedDevicePools = { ...source(), devicePools: [...devicePools] }
  const subject = subjects.observed(message.node, 'device-pools', message.node)
  publisher.offer(subject, message, JSON.stringify(devicePools))
}

/** What has come of the external files in the node's document, and where it may write any. */
export function publishFiles(
  { publisher, subjects, source }: Report,
  directories: readonly string[],
  files: readonly ObservedFile[],
): void {
  const message: ObservedFiles = { ...source(), directories: [...directories], files: [...files] }
  const subject = subjects.observed(message.node, 'files', message.node)
  publisher.offer(subject, message, JSON.stringify([directories, files]))
}
