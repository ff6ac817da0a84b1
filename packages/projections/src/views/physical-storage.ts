/** Disks of the nodes: what a storage pool could be made of, and why not of the others. */
import { type DevicePool, nameKey, type ObservedDevice } from '@varve/events'
import { type Age, ageOf } from '../age.ts'
import { present } from '../present.ts'
import type { Sight } from '../world.ts'

export type PhysicalStorageRow = ObservedDevice & {
  readonly node: string
  readonly observed: Age
}

/**
 * Alike disks together, as LINSTOR has them, the largest first: by size, then spinning or not, then
 * node and path. Without `all` only those that are empty and in nobody's use.
 */
export function physicalStorageRows(
  sight: Sight,
  { node, all }: { readonly node?: string | undefined; readonly all?: boolean | undefined },
): PhysicalStorageRow[] {
  const keys = node === undefined ? sight.state.nodes.keys() : [nameKey(node)]
  const rows = keys.flatMap((key) => {
    const name = sight.state.nodes.get(key)?.name
    const seen = sight.observed.devices(key)
    if (name === undefined || !seen) return []
    const observed = ageOf(sight, name, seen.at)
    return seen.devices
      .filter(({ problem }) => all === true || problem === undefined)
      .map((device) => ({ node: name, ...device, observed }))
  })
  return rows.sort(
    (a, b) =>
      b.sizeKib - a.sizeKib ||
      Number(a.rotational) - Number(b.rotational) ||
      order(nameKey(a.node), nameKey(b.node)) ||
      order(a.path, b.path),
  )
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

export type DevicePoolRow = Pick<
  DevicePool,
  'node' | 'backing' | 'provider' | 'phase' | 'problem' | 'operation'
> & {
  readonly devices: readonly string[]
  readonly createdAt: number
}

export function devicePoolRow(pool: DevicePool): DevicePoolRow {
  const { node, backing, provider, phase, problem, operation, devices, origin } = pool
  return {
    ...present({ problem, operation }),
    ...{ node, backing, provider, phase },
    devices: devices.map(({ path }) => path),
    createdAt: origin.at,
  }
}
