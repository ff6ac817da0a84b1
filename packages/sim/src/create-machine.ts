/** A new machine, as it comes out of installation. */
import { createBcache } from './bcache/model.ts'
import { createBlock, type Hardware, type Signature } from './block.ts'
import { createFaults } from './faults.ts'
import { makeDirectory, writeText } from './files.ts'
import { diskName, vgcreate } from './lvm/group.ts'
import { addVolume } from './lvm/model.ts'
import { shareGroup } from './lvm/shared.ts'
import type { DrbdVersion, Machine, Shared } from './machine.ts'
import { createNvme } from './nvme/model.ts'
import { zpool } from './zfs/zpool.ts'

export type HostOptions = {
  readonly name: string
  readonly uname?: string
  /** Address without a port; absent: 10.0.0.<number of the host>. */
  readonly address?: string
  readonly drbd?: DrbdVersion
  /** Names with or without `/dev/`. */
  readonly disks?: readonly (Hardware & {
    readonly name: string
    readonly sizeKib: number
    /** What is on it already: `ext4`, `swap`, `linux_raid_member`, `gpt`, … */
    readonly holds?: string
    readonly partitions?: readonly string[]
    readonly mountedOn?: string
  })[]
  /** Volume groups that are there from the start, each on disks of its own. */
  readonly groups?: readonly {
    readonly name: string
    readonly disks: readonly string[]
    /** Name of another machine whose group this is, on disks that both have. */
    readonly sharedWith?: string
    readonly thinPools?: readonly { readonly name: string; readonly sizeKib: number }[]
  }[]
  /** ZFS pools that are there from the start; without them the machine has no ZFS at all. */
  readonly zpools?: readonly { readonly name: string; readonly disks: readonly string[] }[]
  /** Digests of its kernel; without any it does not say which. */
  readonly digests?: readonly string[]
  /** What is not installed. */
  readonly tools?: {
    readonly lvm2?: boolean
    readonly thin?: boolean
    readonly drbdUtils?: boolean
    readonly cryptsetup?: boolean
    /** The kernel's modules of dm-writecache and dm-cache. */
    readonly caches?: boolean
    /** bcache-tools and the kernel's module. */
    readonly bcache?: boolean
    /** nvme-cli and the kernel's modules of NVMe over fabrics. */
    readonly nvme?: boolean
  }
  readonly rootKib?: number
  /** Whether `cp --reflink` works; default true. */
  readonly canReflink?: boolean
}

export function createMachine(shared: Shared, options: HostOptions, number: number): Machine {
  const missing = new Set<string>()
  if (options.tools?.lvm2 === false) for (const name of lvmNames) missing.add(name)
  if (options.tools?.thin === false) missing.add('thin_check')
  if (options.tools?.drbdUtils === false) {
    for (const name of ['drbdadm', 'drbdsetup', 'drbdmeta']) missing.add(name)
  }
  if (options.tools?.cryptsetup === false) missing.add('cryptsetup')
  if (options.tools?.nvme === false) missing.add('nvme')
  if (options.tools?.caches === false) missing.add('dm-cache')
  if (options.tools?.bcache === false) missing.add('make-bcache')
  if (options.zpools === undefined) for (const name of ['zfs', 'zpool']) missing.add(name)
  const machine: Machine = {
    name: options.name,
    uname: options.uname ?? options.name,
    address: options.address ?? `10.0.0.${number}`,
    drbdVersion: options.drbd ?? '9.2.18',
    digests: options.digests ?? [],
    missing,
    shared,
    files: new Map(),
    directories: new Set(),
    disks: new Map(),
    groups: new Map(),
    zpools: new Map(),
    on: true,
    boots: 1,
    bootedAt: shared.clock.now(),
    kernel: undefined,
    modules: new Set(),
    loops: new Map(),
    loopSizes: new Map(),
    crypts: new Map(),
    cached: new Map(),
    bcache: createBcache(),
    nvme: createNvme(),
    mounts: new Map(),
    running: new Set(),
    faults: createFaults(),
    spawned: new Map(),
    configCache: new Map(),
    nextMinor: 0,
    canReflink: options.canReflink ?? true,
    rootKib: options.rootKib ?? 64 * 1024 * 1024,
  }
  for (const [at, disk] of (options.disks ?? []).entries()) {
    plantDisk(machine, disk, 16 * (at + 1))
  }
  for (const group of options.groups ?? []) plantGroup(machine, group)
  if (options.zpools) machine.modules.add('zfs')
  for (const { name, disks } of options.zpools ?? []) {
    const args = ['create', name, ...disks.map((disk) => `/dev/${diskName(disk)}`)]
    const { stderr } = zpool({ machine, name: 'zpool', args, stdin: '' })
    if (stderr !== '') throw new Error(`cannot make ${name}: ${stderr}`)
  }
  for (const path of ['/etc/drbd.d', '/var/lib', '/var/tmp', '/tmp']) makeDirectory(machine, path)
  if (options.tools?.drbdUtils !== false) {
    const includes = 'include "drbd.d/global_common.conf";\ninclude "drbd.d/*.res";\n'
    writeText(machine, '/etc/drbd.conf', includes)
    writeText(machine, '/etc/drbd.d/global_common.conf', 'global { usage-count no; }\ncommon { }\n')
  }
  return machine
}

type DiskOptions = NonNullable<HostOptions['disks']>[number]

function plantDisk(machine: Machine, options: DiskOptions, minor: number): void {
  const { name, sizeKib, holds, partitions, mountedOn, ...hardware } = options
  const path = diskName(name)
  const disk = createBlock({ path, type: 'disk', major: 8, minor, sizeKib })
  disk.hardware = hardware
  if (partitions) disk.partitions = partitions
  if (holds !== undefined) disk.signatures = [plantedSignature(holds)]
  if (mountedOn !== undefined) {
    machine.mounts.set(`/dev/${path}`, mountedOn)
    disk.openers.add('mount')
  }
  machine.disks.set(path, disk)
}

/** Where it is on the disk does not matter to anybody who only asks whether it is there. */
const plantedSignature = (type: string): Signature => ({ type, offset: 0, magic: '00', uuid: '' })

const lvmNames = [
  'lvs',
  'vgs',
  'pvs',
  'lvm',
  'lvcreate',
  'lvchange',
  'lvextend',
  'lvresize',
  'lvremove',
  'lvrename',
  'lvconvert',
  'vgcreate',
  'vgremove',
  'pvcreate',
  'pvremove',
  'vgscan',
  'vgchange',
  'pvscan',
]

function plantGroup(machine: Machine, options: NonNullable<HostOptions['groups']>[number]): void {
  if (options.sharedWith !== undefined) {
    const other = machine.shared.machines.get(options.sharedWith)
    const group = other?.groups.get(options.name)
    if (!other || !group) throw new Error(`no ${options.name} on ${options.sharedWith}`)
    const { first, second } = shareGroup(group)
    other.groups.set(options.name, first)
    machine.groups.set(options.name, { ...second, disks: options.disks.map(diskName) })
    return
  }
  const args = [options.name, ...options.disks.map((disk) => `/dev/${diskName(disk)}`)]
  const output = vgcreate({ machine, name: 'vgcreate', args, stdin: '' })
  const group = machine.groups.get(options.name)
  if (!group) throw new Error(`cannot make ${options.name}: ${output.stderr}`)
  for (const { name, sizeKib } of options.thinPools ?? []) {
    addVolume(machine, group, {
      name,
      kind: 'thin-pool',
      sizeKib: Math.floor(sizeKib / 4096) * 4096,
    })
  }
}
