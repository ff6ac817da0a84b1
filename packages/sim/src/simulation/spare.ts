/** What may break without taking the only copy along: no program brings that back. */
import { isLive, nameKey } from '@varve/events'
import type { SimHost } from '../world.ts'
import type { SimCluster } from './cluster.ts'

/** Disks of one machine at a time fail, and never the last good ones: no program brings those back. */
export function isSpare({ world }: SimCluster, host: SimHost): boolean {
  const { network } = world
  const others = [...world.hosts.values()].filter((other) => other !== host)
  if (others.some(({ machine }) => machine.disks.get('sda')?.failed)) return false
  return [...(host.machine.kernel?.resources.values() ?? [])].every((resource) =>
    [...resource.devices.values()].every(
      (device) =>
        device.disk !== 'UpToDate' ||
        // One that is cut off is old as soon as something is written here.
        others.some(({ name, machine }) => {
          const peer = machine.kernel?.resources.get(resource.name)?.devices.get(device.volume)
          const isReached = network.reaches(name, host.name) && network.reaches(host.name, name)
          return peer?.disk === 'UpToDate' && isReached
        }),
    ),
  )
}

/**
 * Everything on the node is whole on another one that is connected to it, and no snapshot lies there:
 * then its disks may go for good.
 */
export function isReplaceable({ controller, world }: SimCluster, node: string): boolean {
  const { state } = controller
  const { machine } = world.host(node)
  const rows = state.resources.by('node', nameKey(node)).filter(({ kind }) => kind === 'diskful')
  const hasSnapshots = [...state.snapshots.values()].some(({ nodes }) =>
    nodes.some((one) => one.node === node),
  )
  if (!machine.on || hasSnapshots) return false
  return rows.every(({ definition }) => {
    const own = machine.kernel?.resources.get(definition)
    return [...(own?.connections.values() ?? [])].some(({ state: link, link: far }) => {
      const peer = far?.resource
      const row = state.resources.get(`${definition}/${peer?.kernel.machine.name}`.toLowerCase())
      if (link !== 'Connected' || !peer || !row || !isLive(row) || row.leaving) return false
      const devices = [...peer.devices.values()]
      const count = state.volumeDefinitions.countBy('definition', nameKey(definition))
      return devices.length === count && devices.every(({ disk }) => disk === 'UpToDate')
    })
  })
}
