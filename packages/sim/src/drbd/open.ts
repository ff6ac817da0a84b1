/** Users of a device: opening promotes, closing demotes, and writes go through. */
import { writeBlock } from '../block.ts'
import { findDevice } from '../devices.ts'
import type { Machine } from '../machine.ts'
import { reviveOutdated } from './handshake.ts'
import { promote, writeVolume } from './io.ts'
import { seekFor } from './link.ts'
import { deviceOfMinor } from './lookup.ts'
import type { Resource } from './model.ts'
import { component, settle } from './settle.ts'

/** Opens a device node for writing; the problem in the kernel's words when it cannot. */
export function openDevice(machine: Machine, path: string, opener = path): string | undefined {
  const device = deviceOfMinor(machine.kernel, path)
  if (!device) {
    const plain = findDevice(machine, path)
    plain?.openers.add(opener)
    return plain ? undefined : 'No such file or directory'
  }
  const { resource } = device
  if (resource.role === 'Secondary') {
    if (resource.kernel.version === 8 || resource.options['auto-promote'] === 'no') {
      return 'Read-only file system'
    }
    if (promote(resource, false)) return 'Wrong medium type'
    resource.autoPromoted = true
  }
  device.openers.add(opener)
  return undefined
}

export function closeDevice(machine: Machine, path: string, opener = path): void {
  const device = deviceOfMinor(machine.kernel, path)
  if (!device) {
    findDevice(machine, path)?.openers.delete(opener)
    return
  }
  device.openers.delete(opener)
  const { resource } = device
  if (isOpen(resource)) return
  resource.forceIoFailures = false
  if (resource.autoPromoted) demote(resource)
  else settle(resource)
}

export const isOpen = (resource: Resource): boolean =>
  [...resource.devices.values()].some((device) => device.openers.size > 0)

/** Role Secondary; the caller has made sure that nobody uses it, or wants it all the same. */
export function demote(resource: Resource): void {
  resource.role = 'Secondary'
  resource.autoPromoted = false
  for (const device of resource.devices.values()) {
    device.exposed = undefined
    if (device.meta?.drbd) device.meta.drbd.primary = false
  }
  settle(resource)
  reviveOutdated(resource)
  // Two Primaries did not meet; now they may.
  for (const each of component(resource)) seekFor(each)
}

/** Why a device node cannot be opened for reading: 8.4 wants a Primary for that, too. */
export function readProblem(machine: Machine, path: string): string | undefined {
  const drbd = deviceOfMinor(machine.kernel, path)
  if (!drbd) return undefined
  const { role, kernel } = drbd.resource
  return kernel.version === 8 && role === 'Secondary' ? 'Wrong medium type' : undefined
}

/** Writes one block to a device node; the problem in the kernel's words when it cannot. */
export function writeThrough(
  machine: Machine,
  path: string,
  block: number,
  value: string,
): string | undefined {
  const drbd = deviceOfMinor(machine.kernel, path)
  if (drbd) return writeVolume(drbd, block, value)
  const device = findDevice(machine, path)
  if (!device) return 'No such file or directory'
  if (device.failed) return 'Input/output error'
  writeBlock(device, block, value)
  return undefined
}
