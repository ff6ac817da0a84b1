/** What a person can do about what goes wrong on machines: one sentence per way out. */
import type { PoolProblemKind, Provider, StepProblem, StoragePool } from '@varve/events'

const zfsProviders: ReadonlySet<Provider> = new Set(['ZFS', 'ZFS_THIN'])
const fileProviders: ReadonlySet<Provider> = new Set(['FILE', 'FILE_THIN'])

type Where = Pick<StoragePool, 'node' | 'name' | 'provider' | 'backing'>

/** Ways out of a problem of a pool, the likeliest first. */
export function waysOutOfPool(pool: Where, kind: PoolProblemKind): string[] {
  return ways[kind](pool)
}

const ways: Readonly<Record<PoolProblemKind, (pool: Where) => string[]>> = {
  missing: (pool) => [bringBack(pool), giveUp(pool)],
  unreadable: ({ node, provider }) => [
    `On ${node}, see what ${tool(provider)} says, and whether a disk has failed (dmesg).`,
  ],
  suspended: ({ node, backing }) => [
    `On ${node}: bring its disks back, then zpool clear ${headOf(backing)}; its volumes go on by themselves.`,
  ],
  inactive: ({ node, backing }) => [
    `On ${node}: lvchange --activate y ${backing} (it says why it cannot, if so).`,
  ],
  'data-full': ({ node, backing }) => [
    `On ${node}: lvextend --size +<size> ${backing} (vgs ${headOf(backing)} shows what is free; vgextend adds a disk). Disks that DRBD has dropped are attached again by themselves.`,
    'Or delete snapshots and volumes that are in it, or fstrim the file systems on them.',
  ],
  'metadata-full': ({ node, backing }) => [
    `On ${node}: lvextend --poolmetadatasize +<size> ${backing}; if it stays read-only, deactivate its volumes and lvconvert --repair ${backing}.`,
  ],
  damaged: ({ node, backing }) => [
    `On ${node}: deactivate its volumes, then lvconvert --repair ${backing}.`,
  ],
}

function bringBack({ node, provider, backing }: Where): string {
  if (zfsProviders.has(provider)) {
    return `On ${node}: zpool import ${headOf(backing)}; if the dataset is gone: zfs create ${backing}.`
  }
  if (fileProviders.has(provider)) return `On ${node}: mount or make the directory ${backing}.`
  return `On ${node}: bring its disks back (pvs shows which are missing), then vgchange --activate y ${headOf(backing)}. It is used again as soon as it is there.`
}

function giveUp({ node, backing }: Where): string {
  return `If the disks are gone for good: make ${backing} anew on ${node}; replicas that have peers are made again in it and synced.`
}

const headOf = (backing: string) => backing.split('/')[0] ?? backing

function tool(provider: Provider): string {
  if (zfsProviders.has(provider)) return 'zpool status'
  return fileProviders.has(provider) ? 'ls and df' : 'lvs and vgs'
}

/** Ways out of what a step says; empty when only the tool's own words can tell. */
export function waysOutOfStep(problem: StepProblem, node: string): string[] {
  return [steps[problem](node)]
}

const steps: Readonly<Record<StepProblem, (node: string) => string>> = {
  'pool-missing': (node) =>
    `See varve explain stuck ${node}: the storage pool has to be there first.`,
  'pool-unreadable': (node) =>
    `See varve explain stuck ${node}: the storage pool cannot be looked at.`,
  'pool-full': (node) =>
    `Extend the pool, or delete what is not needed: varve storage-pool list, ${node}.`,
  'device-busy': (node) =>
    `Somebody on ${node} has the device open: findmnt, lsof and dmsetup ls --tree show who; close it, and it goes on by itself.`,
  'tool-hangs': (node) =>
    `See on ${node} what the tool waits for (ps -eo pid,stat,wchan,args; dmesg): most often a disk that does not answer. It is tried again by itself.`,
  'disk-error': (node) =>
    `See dmesg on ${node}: the disk answers with errors. Replace it; what has peers is made anew and synced.`,
  foreign: (node) =>
    `Look at it on ${node}: rename or remove it if it is not needed, or choose another name, number or pool. Varve never touches it.`,
  'companion-gone': (node) =>
    `Bring the pool of its cache or metadata back on ${node}: it is opened again by itself. If that is gone for good and another replica is UpToDate: delete the resource on ${node} and create it there anew, which syncs all of it.`,
  'data-gone': (node) =>
    `Bring the storage back on ${node}; if the data is gone for good, delete the resource and create it anew.`,
}

/** A disk that DRBD has dropped while its pool is well. */
export function waysOutOfFailedDisk(definition: string, node: string): string[] {
  return [
    `If the disk is good again: drbdadm attach ${definition} on ${node}, which syncs what it has missed.`,
    `If it is not: replace it on ${node} and make the pool anew; the volume is made again and synced.`,
  ]
}
