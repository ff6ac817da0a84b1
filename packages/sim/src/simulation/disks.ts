/** What is on the machines' disks, whatever keeps it there: our volumes, their contents, and others'. */
import type { BlockDevice } from '../block.ts'
import type { Machine } from '../machine.ts'
import type { SimHost, World } from '../world.ts'
import { addDataset } from '../zfs/model.ts'

const images = '/srv/images/'
const theirs = 'theirs'
const precious = 'precious'

/** All volumes of a machine by name, thin pools and caches left out; also those without power. */
export function volumesOn(machine: Machine): Map<string, BlockDevice | undefined> {
  const found = new Map<string, BlockDevice | undefined>()
  for (const volume of machine.groups.get('vg0')?.volumes.values() ?? []) {
    if (volume.kind !== 'thin-pool') found.set(volume.name, volume.device)
  }
  for (const { name, device } of machine.zpools.get('tank')?.datasets.values() ?? []) {
    if (name !== 'tank') found.set(name.slice('tank/'.length), device)
  }
  for (const [path, { block }] of machine.files) {
    if (!path.startsWith(images)) continue
    const name = path.slice(images.length).replace(/\.img(?:\.varve)?$/, '')
    found.set(name, block ?? found.get(name))
  }
  found.delete(theirs)
  return found
}

/** What caches and other companions take beside the volumes: their names. */
export const companionsOn = (machine: Machine): string[] => [
  ...(machine.groups.get('vg1')?.volumes.keys() ?? []),
]

/**
 * What a volume's user has in it, below DRBD: behind a LUKS header, or with what only the cache has.
 * Undefined: there is no such volume.
 */
export function contentOn(
  machine: Machine,
  definition: string,
  number = 0,
): ReadonlyMap<number, string> | undefined {
  const suffix = String(number).padStart(5, '0')
  const device = volumesOn(machine).get(`${definition}_${suffix}`)
  if (!device) return undefined
  const beside = machine.groups.get('vg1')?.volumes
  const cached = ['cache', 'dmcache_meta'].flatMap(
    (role) => beside?.get(`${definition}.${role}_${suffix}`)?.device.cache ?? [],
  )
  return (device.luks?.inner ?? cached[0]?.inner ?? device).content
}

/** Things of somebody else, in the middle of ours. */
export function plantForeign(host: SimHost): void {
  host.plantVolume('vg0', theirs, 4_096).device.content.set(1, precious)
  host.plantFile(`${images}${theirs}`, precious)
  const tank = host.machine.zpools.get('tank')
  if (!tank) return
  const dataset = addDataset(host.machine, tank, { name: `tank/${theirs}`, sizeKib: 4_096 })
  dataset.device?.content.set(1, precious)
}

/** Machines on which one of those is gone or changed. */
export function foreignTouched({ hosts }: World): string[] {
  return [...hosts.values()].flatMap(({ name, machine }) => {
    const volume = machine.groups.get('vg0')?.volumes.get(theirs)?.device
    const tank = machine.zpools.get('tank')
    const zvol = tank?.datasets.get(`tank/${theirs}`)?.device
    const isWhole = (device: BlockDevice | undefined) =>
      device?.sizeKib === 4_096 && device.content.get(1) === precious
    const isUntouched =
      isWhole(volume) &&
      (!tank || isWhole(zvol)) &&
      machine.files.get(`${images}${theirs}`)?.text === precious
    return isUntouched ? [] : [name]
  })
}
