/** A node that uses a resource from afar: connected, as large as it shall be, and let go. Pure. */
import type { AbsentResource, PresentResource } from '@varve/events'
import { type Inventory, type NvmeConnection, nvmePlace } from '../../core/inventory.ts'
import type { Obstacle } from '../../core/problem.ts'
import { kernel, run, type Step, unused } from '../../core/step.ts'
import { namespaceId, subsystemName, subsystemSerial } from './names.ts'

type Documents = PresentResource | AbsentResource

export type InitiatorPlan =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'waits'; readonly reason: string }
  | ({ readonly kind: 'refused' } & Obstacle)

const isInitiator = ({ nvme }: Documents) => nvme?.role === 'initiator'

/** Why nothing may be connected or let go. */
export function initiatorObstacle(document: Documents, inventory: Inventory): Obstacle | undefined {
  if (!isInitiator(document)) return undefined
  const where = inventory.places.get(nvmePlace)
  if (where?.state === 'unknown') {
    return { reason: `what is connected over NVMe cannot be looked at: ${where.reason}` }
  }
  const seen = sameNameOf(document, inventory)
  if (document.state === 'absent' || !seen || isOurs(document, seen)) return undefined
  const reason = `this node is connected to a subsystem ${seen.name} that is not this resource's: when nobody uses it any more, nvme disconnect --nqn=${seen.name}`
  return { reason, problem: 'foreign' }
}

/** Undefined: it is as it shall be, or no initiator. */
export function planInitiator(
  document: PresentResource,
  inventory: Inventory,
): InitiatorPlan | undefined {
  const { nvme, resource } = document
  if (nvme?.role !== 'initiator') return undefined
  const seen = remoteOf(document, inventory)
  const { at } = nvme
  if (!seen) {
    if (!at) return { kind: 'waits', reason: `the target of ${resource} is not ready yet` }
    return { kind: 'steps', steps: [connect(document, at)] }
  }
  const elsewhere = at && seen.controllers.every(({ address }) => address !== at.address)
  if (elsewhere) {
    const [now] = seen.controllers
    const reason = `it is connected to ${now?.address}, and its target is at ${at.address} by now: when nobody uses the device here any more, delete the resource on this node and create it again`
    return { kind: 'refused', reason }
  }
  const live = seen.controllers.find(({ state }) => state === 'live')
  if (!live) return silent(seen, at)
  const lacking = document.volumes.find((volume) => {
    const device = seen.devices.find(({ id }) => id === namespaceId(volume.number))
    return (device?.sizeKib ?? 0) < volume.sizeKib
  })
  if (!lacking) return undefined
  if (!at) return { kind: 'waits', reason: `volume ${lacking.number} is not offered yet` }
  const path = `/sys/class/nvme/${live.name}/rescan_controller`
  const why = `volume ${lacking.number} is not here yet, or smaller than it shall be`
  return { kind: 'steps', steps: [kernel({ op: 'trigger', path, text: '1' }, why)] }
}

/** The kernel keeps trying for ten minutes, and holds what is read and written meanwhile. */
function silent(
  { controllers }: NvmeConnection,
  at: NonNullable<PresentResource['nvme']>['at'],
): InitiatorPlan {
  const [now] = controllers
  const where = now ? `${now.address} (${now.state})` : 'any address'
  if (at) return { kind: 'waits', reason: `its target does not answer at ${where}` }
  const reason = `it has no target any more, and nothing answers at ${where}: stop what uses the device here, and delete the resource on this node`
  return { kind: 'refused', reason }
}

/** In its first moments a target may not listen yet, although all of it is there. */
const patience = { times: 3, pauseMs: 500 } as const

function connect(
  { node, resource }: PresentResource,
  at: NonNullable<NonNullable<PresentResource['nvme']>['at']>,
): Step {
  return run(
    'nvme connect',
    [
      'nvme',
      'connect',
      `--transport=${at.transport}`,
      `--nqn=${subsystemName(resource)}`,
      `--traddr=${at.address}`,
      `--trsvcid=${at.port}`,
      `--hostnqn=${node}`,
    ],
    'the volumes of another node shall be used here',
    { retries: patience },
  )
}

/** Not while somebody uses it: the kernel itself would not ask. */
export function disconnectSteps(document: AbsentResource, inventory: Inventory): Step[] {
  const seen = isInitiator(document) ? remoteOf(document, inventory) : undefined
  if (!seen) return []
  const why = 'nobody may use what is taken away'
  return [
    ...seen.devices.map(({ path }) => unused(path, why)),
    run(
      'nvme disconnect',
      ['nvme', 'disconnect', `--nqn=${seen.name}`],
      'the resource shall go from this node',
    ),
  ]
}

/** Undefined: not connected, or to somebody else's. */
export function remoteOf(document: Documents, inventory: Inventory): NvmeConnection | undefined {
  const seen = sameNameOf(document, inventory)
  return seen && isOurs(document, seen) ? seen : undefined
}

function sameNameOf({ resource }: Documents, inventory: Inventory): NvmeConnection | undefined {
  return inventory.nvmeConnections.get(subsystemName(resource))
}

function isOurs({ nvme }: Documents, { name, serial }: NvmeConnection): boolean {
  return nvme !== undefined && serial === subsystemSerial(nvme.owner, name)
}
