/** Power, broken disks and cut cables: what happens to a machine from outside. */
import { comeUp, forgetBcache } from './bcache/model.ts'
import type { BlockDevice } from './block.ts'
import { forgetCached } from './cache/model.ts'
import { forgetMappings } from './crypt/model.ts'
import { failDisk } from './drbd/disk.ts'
import { dropDead, seekAll } from './drbd/link.ts'
import { diskName } from './lvm/group.ts'
import type { Machine, Shared } from './machine.ts'
import { forgetNvme } from './nvme/model.ts'

/** What is healed is found at once; what is lost is noticed when no answer comes in time. */
export function noticeChanges(shared: Shared): void {
  seekAll(shared.machines.values())
  shared.clock.after(shared.timing.pingMs, () => {
    const machines = [...shared.machines.values()]
    dropDead(machines.flatMap((machine) => [...(machine.kernel?.resources.values() ?? [])]))
    seekAll(shared.machines.values())
  })
}

/** The power goes: what was running is gone, peers notice when no answer comes. */
export function crash(machine: Machine): void {
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
  for (const path of machine.files.keys()) if (path.startsWith('/run/')) machine.files.delete(path)
  forgetMappings(machine)
  forgetCached(machine)
  forgetBcache(machine)
  forgetNvme(machine)
  for (const disk of machine.disks.values()) disk.openers.clear()
  for (const file of machine.files.values()) file.block?.openers.clear()
  for (const group of machine.groups.values()) {
    for (const volume of group.volumes.values()) volume.device.openers.clear()
  }
  for (const volume of zvolsOf(machine)) volume.openers.clear()
  noticeChanges(machine.shared)
}

/** Power is back: volumes are active again, except those that skip it, and ZFS pools imported. */
export function boot(machine: Machine): void {
  if (machine.on) return
  machine.on = true
  machine.boots += 1
  machine.bootedAt = machine.shared.clock.now()
  for (const group of machine.groups.values()) {
    for (const volume of group.volumes.values()) volume.active = !volume.skipActivation
  }
  if (!machine.missing.has('zfs')) machine.modules.add('zfs')
  for (const group of machine.groups.values()) {
    for (const { active, device } of group.volumes.values()) if (active) comeUp(machine, device)
  }
}

/** Breaks or repairs a disk and all volumes on it. */
export function setDiskFailed(machine: Machine, path: string, failed: boolean): void {
  const name = diskName(path)
  const disk = machine.disks.get(name)
  if (!disk) throw new Error(`${machine.name} has no disk ${name}`)
  disk.failed = failed
  for (const group of machine.groups.values()) {
    if (!group.disks.includes(name)) continue
    for (const volume of group.volumes.values()) volume.device.failed = failed
  }
  for (const volume of zvolsOf(machine, name)) volume.failed = failed
  if (!failed) return
  for (const resource of machine.kernel?.resources.values() ?? []) {
    for (const device of resource.devices.values()) if (device.backing?.failed) failDisk(device)
  }
}

/** Somebody puts a new disk in and makes its groups and pools again, as empty as it is. */
export function replaceDisk(machine: Machine, path: string): void {
  setDiskFailed(machine, path, true)
  const name = diskName(path)
  for (const group of machine.groups.values()) {
    if (!group.disks.includes(name)) continue
    for (const volume of [...group.volumes.values()]) {
      if (volume.kind !== 'thin-pool') group.volumes.delete(volume.name)
    }
  }
  for (const pool of machine.zpools.values()) {
    if (!pool.disks.includes(name)) continue
    for (const dataset of [...pool.datasets.keys()]) {
      if (dataset !== pool.name) pool.datasets.delete(dataset)
    }
  }
  setDiskFailed(machine, path, false)
}

/** Installed anew while it is off: new disks, and nothing in its files that Varve or a user put there. */
export function reinstall(machine: Machine): void {
  for (const disk of machine.disks.keys()) replaceDisk(machine, disk)
  for (const path of machine.files.keys()) {
    const isOurs = path.startsWith('/var/lib/') || path.startsWith('/srv/')
    const isResource = path.startsWith('/etc/drbd.d/') && path.endsWith('.res')
    if (isOurs || isResource) machine.files.delete(path)
  }
}

function zvolsOf(machine: Machine, disk?: string): BlockDevice[] {
  return [...machine.zpools.values()]
    .filter((pool) => disk === undefined || pool.disks.includes(disk))
    .flatMap((pool) => [...pool.datasets.values()].flatMap(({ device }) => device ?? []))
}
