/**
 * What a satellite itself does in a round in which every document is new and nothing has to be done:
 * planning, reports and drift. All else of the round is tools: three processes, however many
 * resources there are (satellite.ts).
 */
import type { PresentResource } from '@varve/events'
import { drbdVolume, inventory, lv, replicated, storage } from '@varve/satellite/testing'
import { findDrift } from '../../packages/satellite/src/core/drift.ts'
import type { Inventory } from '../../packages/satellite/src/core/inventory.ts'
import { noting } from '../../packages/satellite/src/core/reads.ts'
import { planResource } from '../../packages/satellite/src/core/reconcile.ts'
import { reportResource } from '../../packages/satellite/src/core/report.ts'
import { renderConfig } from '../../packages/satellite/src/layers/drbd/config.ts'
import { type Figure, figure, median } from './figure.ts'

const count = 500
const runs = 5

export async function planFigures(): Promise<Figure[]> {
  const few = median(measure(count / 5))
  return [
    figure({
      what: `processor time of a satellite for ${count} new documents with nothing to do (with ${count / 5}: ${few.toFixed(0)} ms)`,
      unit: 'ms',
      aim: 100,
      reached: 'at-most',
      runs: measure(count),
    }),
  ]
}

/** Milliseconds of each run but the first, which compiles. */
function measure(resources: number): number[] {
  const { documents, seen } = machineWith(resources)
  const times = Array.from({ length: runs + 1 }, () => {
    const before = process.cpuUsage()
    round(documents, seen)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return times.slice(1)
}

function round(documents: readonly PresentResource[], seen: Inventory): void {
  const source = { v: 1 as const, node: 'n1', boot: 'boot', at: 0 }
  const progress = { status: 'applied' as const, applied: { term: 1, from: 1 } }
  for (const document of documents) {
    const { kind } = planResource(document, noting(seen, []))
    if (kind !== 'true') throw new Error(`${document.resource} is not true: ${kind}`)
    const kernel = seen.drbd.resources.get(document.resource)
    reportResource(source, document, noting(seen, []), kernel, progress)
  }
  findDrift(documents, seen)
}

/** Replicas on thin LVM under DRBD, as their documents say. */
function machineWith(resources: number): { documents: PresentResource[]; seen: Inventory } {
  const files: Record<string, string> = {}
  const documents = Array.from({ length: resources }, (_, index) => {
    const resource = `r${index}`
    const volume = drbdVolume({ minor: 1000 + index })
    const name = `${resource}_00000`
    const document = {
      ...replicated({ volumes: [{ ...volume, storage: storage({ name }) }] }),
      resource,
    }
    const devices = new Map([[0, `/dev/vg0/${name}`]])
    const { drbd } = document
    if (!drbd) throw new Error('a replicated document has DRBD')
    const text = renderConfig({ document: { ...document, drbd }, devices, is84: false })
    files[`/var/lib/varve.d/${resource}.res`] = text
    files[`/var/lib/varve.d/.backup/${resource}.res`] = text
    return document
  })
  const objects = documents.map(({ resource }) => lv({ key: `vg0/${resource}_00000` }))
  const events = documents.map(({ resource }, index) => eventsOf(resource, 1000 + index)).join('')
  return {
    documents,
    seen: inventory({ drbd: '9.2.18', objects, events: `${events}exists -`, files }),
  }
}

const eventsOf = (
  name: string,
  minor: number,
) => `exists resource name:${name} role:Secondary suspended:no
exists connection name:${name} peer-node-id:1 conn-name:n2 connection:Connected role:Secondary
exists device name:${name} volume:0 minor:${minor} disk:UpToDate size:200000
exists peer-device name:${name} peer-node-id:1 conn-name:n2 volume:0 replication:Established peer-disk:UpToDate
`
