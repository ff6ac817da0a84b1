/** Several simulated machines, the network between them, one clock and one source of chance. */
import type { Host } from '@varve/satellite'
import { fingerprint } from './block.ts'
import { manualClock, type SimClock } from './clock.ts'
import { createMachine, type HostOptions } from './create-machine.ts'
import { findDevice } from './devices.ts'
import { dataSource, readVolume } from './drbd/io.ts'
import { deviceOfMinor } from './drbd/lookup.ts'
import { closeDevice, openDevice, writeThrough } from './drbd/open.ts'
import type { Fault } from './faults.ts'
import { writeText } from './files.ts'
import { createHost } from './host.ts'
import { addVolume, fillPool, type LogicalVolume } from './lvm/model.ts'
import { defaultTiming, type Machine, type Shared, type Timing } from './machine.ts'
import { createNetwork, type Network } from './network.ts'
import { boot, crash, noticeChanges, reinstall, replaceDisk, setDiskFailed } from './power.ts'
import { createRandom } from './random.ts'

export type WorldOptions = {
  readonly clock?: SimClock
  readonly seed?: number
  readonly timing?: Partial<Timing>
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
  /** A blank one in its place, with groups and thin pools of the old names. */
  readonly replaceDisk: (disk: string) => void
  /** Empty disks and a new system; only while it is off. */
  readonly reinstall: () => void
  readonly fillPool: (
    group: string,
    pool: string,
    dataPercent: number,
    metadataPercent?: number,
  ) => void
  /** Somebody else has a device open, as by dm-linear on top of it; the returned function closes it. */
  readonly occupy: (path: string) => () => void
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
  /** The same with any device, by its path. */
  readonly writeDevice: (path: string, block: number, value: string) => string | undefined
  readonly readDevice: (path: string, block: number) => string | undefined
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
    replaceDisk: (disk) => replaceDisk(machine, disk),
    reinstall: () => reinstall(machine),
    fillPool: (group, pool, dataPercent, metadataPercent) => {
      const owner = machine.groups.get(group)
      const found = owner?.volumes.get(pool)
      if (!owner || !found) throw new Error(`no pool ${group}/${pool}`)
      fillPool(owner, found, { data: dataPercent, metadata: metadataPercent })
    },
    occupy: (path) => {
      const problem = openDevice(machine, path, 'somebody')
      if (problem !== undefined) throw new Error(`${path}: ${problem}`)
      return () => closeDevice(machine, path, 'somebody')
    },
    open: (resource) => openDevice(machine, path(resource), 'application'),
    close: (resource) => closeDevice(machine, path(resource), 'application'),
    write: (resource, block, value, volume) =>
      writeThrough(machine, path(resource, volume), block, value),
    read: (resource, block, volume) => {
      const device = deviceOf(resource, volume)
      return device && readVolume(device, block)
    },
    writeDevice: (path, block, value) => writeThrough(machine, path, block, value),
    readDevice: (path, block) => {
      const drbd = deviceOfMinor(machine.kernel, path)
      return drbd ? readVolume(drbd, block) : findDevice(machine, path)?.content.get(block)
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
