/** What a run happens on: the machines' storage, DRBD, the layers of volumes. Drawn from the seed. */
import type { Layer, Props, Provider } from '@varve/events'
import type { HostOptions } from '../create-machine.ts'
import type { DrbdVersion } from '../machine.ts'
import type { Random } from '../random.ts'
import { pick } from './chance.ts'

export type Terrain = {
  readonly drbd: DrbdVersion
  readonly provider: Provider
  readonly layers: readonly Layer[]
  /** Of the controller: what has a limit in minutes comes about within a run. */
  readonly props: Props
}

/** Every node has these pools; caches are in the fast one. */
export const pool = 'data'
export const fastPool = 'ssd'

export const backings: Readonly<Partial<Record<Provider, string>>> = {
  LVM: 'vg0',
  LVM_THIN: 'vg0/thin',
  ZFS: 'tank',
  ZFS_THIN: 'tank',
  FILE: '/srv/images',
  FILE_THIN: '/srv/images',
}

const usual: Props = { 'Writecache/PoolName': fastPool, 'Cache/CachePool': fastPool }

export const plain: Terrain = {
  drbd: '9.2.18',
  provider: 'LVM_THIN',
  layers: ['DRBD', 'STORAGE'],
  props: {},
}

/** Half of all runs are plain: what is usual is what has to work first. */
export function terrainOf(random: Random): Terrain {
  const props: Props = {
    ...usual,
    ...(random.next() < 0.3 ? { 'DrbdOptions/AutoEvictAfterTime': '1' } : {}),
    ...(random.next() < 0.3 ? { 'DrbdOptions/auto-diskful': '1' } : {}),
    ...(random.next() < 0.2 ? { 'AutoSnapshot/RunEvery': '1', 'AutoSnapshot/Keep': '2' } : {}),
  }
  if (random.next() < 0.5) return { ...plain, props }
  const providers: readonly Provider[] = ['LVM', 'LVM_THIN', 'ZFS', 'ZFS_THIN', 'FILE', 'FILE_THIN']
  const stacks: readonly (readonly Layer[])[] = [
    ['DRBD', 'STORAGE'],
    ['DRBD', 'STORAGE'],
    ['DRBD', 'LUKS', 'STORAGE'],
    ['DRBD', 'WRITECACHE', 'STORAGE'],
    ['DRBD', 'CACHE', 'STORAGE'],
  ]
  return {
    drbd: pick(random, ['9.2.18', '9.2.18', '8.4.11'] as const),
    provider: pick(random, providers),
    layers: pick(random, stacks),
    props,
  }
}

const gib = 1024 * 1024

/** A machine of that terrain: `sda` is for volumes, `sdb` for caches, `sdc` belongs to others. */
export function machineOf({ drbd, provider }: Terrain, node: string, number: number): HostOptions {
  const isZfs = provider.startsWith('ZFS')
  return {
    name: node,
    address: `10.0.0.${number}`,
    // One of them is an older kernel.
    digests: number === 1 ? ['sha1', 'crc32c'] : ['crct10dif', 'crc32c', 'sha256'],
    drbd,
    disks: [
      { name: '/dev/sda', sizeKib: 64 * gib },
      { name: '/dev/sdb', sizeKib: 16 * gib },
      { name: '/dev/sdc', sizeKib: gib },
    ],
    groups: [
      isZfs
        ? { name: 'vg0', disks: ['/dev/sdc'] }
        : {
            name: 'vg0',
            disks: ['/dev/sda'],
            thinPools: provider === 'LVM' ? [] : [{ name: 'thin', sizeKib: 40 * gib }],
          },
      { name: 'vg1', disks: ['/dev/sdb'] },
    ],
    ...(isZfs ? { zpools: [{ name: 'tank', disks: ['/dev/sda'] }] } : {}),
  }
}
