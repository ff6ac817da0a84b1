/** Several simulated machines, the network between them, one clock and one source of chance. */
import type { Host } from '@varve/satellite'
import { createBlock, fingerprint } from './block.ts'
import { manualClock, type SimClock } from './clock.ts'
import { failDisk } from './drbd/disk.ts'
import { dataSource, readVolume } from './drbd/io.ts'
import { dropDead, seekAll } from './drbd/link.ts'
import { closeDevice, openDevice, writeThrough } from './drbd/open.ts'
import { createFaults, type Fault } from './faults.ts'
import { makeDirectory, writeText } from './files.ts'
import { createHost } from './host.ts'
import { vgcreate } from './lvm/group.ts'
import { addVolume, type LogicalVolume } from './lvm/model.ts'
import {
  type DrbdVersion,
  defaultTiming,
  type Machine,
  type Shared,
  type Timing,
} from './machine.ts'
import { createNetwork, type Network } from './network.ts'
import { createRandom } from './random.ts'

export type WorldOptions = {
  readonly clock?: SimClock
  readonly seed?: number
  readonly timing?: Partial<Timing>
}

export type HostOptions = {
  readonly name: string
  readonly uname?: string
  /** Address without a port; absent: 10.0.0.<number of the host>. */
  readonly address?: string
  readonly drbd?: DrbdVersion
  readonly disks?: readonly { readonly name: string; readonly sizeKib: number }[]
  /** Volume groups that are there from the start, each on disks of its own. */
  readonly groups?: readonly {
    readonly name: string
    readonly disks: readonly string[]
    readonly thinPools?: readonly { readonly name: string; readonly sizeKib: number }[]
  }[]
  /** What is not installed. */
  readonly tools?: {
    readonly lvm2?: boolean
    readonly thin?: boolean
    readonly drbdUtils?: boolean
  }
  readonly rootKib?: number
}

/** A machine as a test or a demo handles it; `host` is what a satellite gets. */
export type SimHost = {
  readonly name: string
  readonly host: Host
  readonly machine: Machine
  readonly crash: () => void
  readonly boot: () => void
  /** Adds a fault to a tool; the returned function lifts it. */
  readonly fault: (fault: Fault) => () => void
  /** Processes started since the last reset, per tool. */
  readonly spawned: () => Readonly<Record<string, number>>
  readonly resetSpawned: () => void
  readonly failDisk: (disk: string) => void
  readonly repairDisk: (disk: string) => void
  readonly fillPool: (
    group: string,
    pool: string,
    dataPercent: number,
    metadataPercent?: number,
  ) => void
  /** "In use": opens the first volume of a resource; the problem if it cannot. */
  readonly open: (resource: string) => string | undefined
  readonly close: (resource: string) => void
  /** Writes one named block as an application would; the problem if it cannot. */
  readonly write: (
    resource: string,
    block: number,
    value: string,
    volume?: number,
  ) => string | undefined
  readonly read: (resource: string, block: number, volume?: number) => string | undefined
  /** What a resource's volume reads as from here. */
  readonly contents: (resource: string, volume?: number) => string | undefined
  /** What is on this machine's own disk. */
  readonly replica: (resource: string, volume?: number) => string | undefined
  /** A volume that nobody of us made. */
  readonly plantVolume: (
    group: string,
    name: string,
    sizeKib: number,
    tags?: readonly string[],
  ) => LogicalVolume
  readonly plantFile: (path: string, text: string) => void
}

export type World = {
  readonly clock: SimClock
  readonly network: Network
  readonly hosts: ReadonlyMap<string, SimHost>
  readonly addHost: (options: HostOptions) => SimHost
  readonly host: (name: string) => SimHost
  /** Calls that no imitation knew, as `host: argv`. */
  readonly unknown: readonly string[]
}

/** Makes an empty world. Tests leave out the clock and get a manual one: see `clockOf`. */
export function createWorld(options: WorldOptions = {}): World {
  const clock = options.clock ?? manualClock()
  const network = createNetwork()
  const machines = new Map<string, Machine>()
  const shared: Shared = {
    clock,
    network,
    machines,
    random: createRandom(options.seed ?? 1),
    timing: { ...defaultTiming, ...options.timing },
    unknown: [],
  }
  const hosts = new Map<string, SimHost>()
  network.onChange(() => noticeChanges(shared))
  const addHost = (each: HostOptions): SimHost => {
    const machine = createMachine(shared, each, machines.size + 1)
    machines.set(machine.name, machine)
    const host = createSimHost(machine)
    hosts.set(machine.name, host)
    return host
  }
  const host = (name: string): SimHost => {
    const found = hosts.get(name)
    if (!found) throw new Error(`no host called ${name}`)
    return found
  }
  return { clock, network, hosts, addHost, host, unknown: shared.unknown }
}

/** What is healed is found at once; what is lost is noticed when no answer comes in time. */
function noticeChanges(shared: Shared): void {
  seekAll(shared.machines.values())
  shared.clock.after(shared.timing.pingMs, () => {
    const machines = [...shared.machines.values()]
    dropDead(machines.flatMap((machine) => [...(machine.kernel?.resources.values() ?? [])]))
    seekAll(shared.machines.values())
  })
}

function createMachine(shared: Shared, options: HostOptions, number: number): Machine {
  const missing = new Set<string>()
  if (options.tools?.lvm2 === false) for (const name of lvmNames) missing.add(name)
  if (options.tools?.thin === false) missing.add('thin_check')
  if (options.tools?.drbdUtils === false) {
    for (const name of ['drbdadm', 'drbdsetup', 'drbdmeta']) missing.add(name)
  }
  const machine: Machine = {
    name: options.name,
    uname: options.uname ?? options.name,
    address: options.address ?? `10.0.0.${number}`,
    drbdVersion: options.drbd ?? '9.2.18',
    missing,
    shared,
    files: new Map(),
    directories: new Set(),
    disks: new Map(),
    groups: new Map(),
    on: true,
    boots: 1,
    kernel: undefined,
    modules: new Set(),
    loops: new Map(),
    loopSizes: new Map(),
    mounts: new Map(),
    running: new Set(),
    faults: createFaults(),
    spawned: new Map(),
    configCache: new Map(),
    nextMinor: 0,
    rootKib: options.rootKib ?? 64 * 1024 * 1024,
  }
  for (const [at, disk] of (options.disks ?? []).entries()) {
    machine.disks.set(
      disk.name,
      createBlock({
        path: disk.name,
        type: 'disk',
        major: 8,
        minor: 16 * (at + 1),
        sizeKib: disk.sizeKib,
      }),
    )
  }
  for (const group of options.groups ?? []) plantGroup(machine, group)
  for (const path of ['/etc/drbd.d', '/var/lib', '/var/tmp', '/tmp']) makeDirectory(machine, path)
  if (options.tools?.drbdUtils !== false) {
    const includes = 'include "drbd.d/global_common.conf";\ninclude "drbd.d/*.res";\n'
    writeText(machine, '/etc/drbd.conf', includes)
    writeText(machine, '/etc/drbd.d/global_common.conf', 'global { usage-count no; }\ncommon { }\n')
  }
  return machine
}

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
  const args = [options.name, ...options.disks.map((disk) => `/dev/${disk}`)]
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

function createSimHost(machine: Machine): SimHost {
  const deviceOf = (resource: string, volume = 0) =>
    machine.kernel?.resources.get(resource)?.devices.get(volume)
  const path = (resource: string, volume = 0) => `/dev/drbd/by-res/${resource}/${volume}`
  return {
    name: machine.name,
    host: createHost(machine),
    machine,
    crash: () => crash(machine),
    boot: () => boot(machine),
    fault: machine.faults.add,
    spawned: () => Object.fromEntries(machine.spawned),
    resetSpawned: () => machine.spawned.clear(),
    failDisk: (disk) => setDiskFailed(machine, disk, true),
    repairDisk: (disk) => setDiskFailed(machine, disk, false),
    fillPool: (group, pool, dataPercent, metadataPercent) => {
      const found = machine.groups.get(group)?.volumes.get(pool)
      if (!found) throw new Error(`no pool ${group}/${pool}`)
      found.forcedDataPercent = dataPercent
      found.forcedMetadataPercent = metadataPercent
    },
    open: (resource) => openDevice(machine, path(resource), 'application'),
    close: (resource) => closeDevice(machine, path(resource), 'application'),
    write: (resource, block, value, volume) =>
      writeThrough(machine, path(resource, volume), block, value),
    read: (resource, block, volume) => {
      const device = deviceOf(resource, volume)
      return device && readVolume(device, block)
    },
    contents: (resource, volume) => {
      const device = deviceOf(resource, volume)
      const source = device && dataSource(device)
      return source?.backing && fingerprint(source.backing)
    },
    replica: (resource, volume) => {
      const backing = deviceOf(resource, volume)?.backing
      return backing && fingerprint(backing)
    },
    plantVolume: (groupName, name, sizeKib, tags = []) => {
      const group = machine.groups.get(groupName)
      if (!group) throw new Error(`no group ${groupName}`)
      return addVolume(machine, group, { name, kind: 'linear', sizeKib, tags: new Set(tags) })
    },
    plantFile: (path, text) => writeText(machine, path, text),
  }
}

/** The power goes: what was running is gone, peers notice when no answer comes. */
function crash(machine: Machine): void {
  if (!machine.on) return
  machine.on = false
  for (const stop of [...machine.running]) stop()
  for (const resource of machine.kernel?.resources.values() ?? []) {
    for (const connection of resource.connections.values()) connection.timer?.()
  }
  machine.kernel = undefined
  machine.modules.clear()
  machine.loops.clear()
  machine.loopSizes.clear()
  machine.mounts.clear()
  for (const disk of machine.disks.values()) disk.openers.clear()
  for (const file of machine.files.values()) file.block?.openers.clear()
  for (const group of machine.groups.values()) {
    for (const volume of group.volumes.values()) volume.device.openers.clear()
  }
  noticeChanges(machine.shared)
}

/** Power is back: volumes are active again, except those that skip it; nothing else is up. */
function boot(machine: Machine): void {
  if (machine.on) return
  machine.on = true
  machine.boots += 1
  for (const group of machine.groups.values()) {
    for (const volume of group.volumes.values()) volume.active = !volume.skipActivation
  }
}

function setDiskFailed(machine: Machine, name: string, failed: boolean): void {
  const disk = machine.disks.get(name)
  if (!disk) throw new Error(`${machine.name} has no disk ${name}`)
  disk.failed = failed
  for (const group of machine.groups.values()) {
    if (!group.disks.includes(name)) continue
    for (const volume of group.volumes.values()) volume.device.failed = failed
  }
  if (!failed) return
  for (const resource of machine.kernel?.resources.values() ?? []) {
    for (const device of resource.devices.values()) if (device.backing?.failed) failDisk(device)
  }
}
