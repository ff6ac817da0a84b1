/** From names and minors to the module's objects, and the device node that a minor has. */
import { type BlockDevice, createBlock } from '../block.ts'
import type { Machine } from '../machine.ts'
import { remember } from './events.ts'
import { reconsider } from './handshake.ts'
import { dataSource } from './io.ts'
import type { Device, DrbdKernel, Follower } from './model.ts'

/** Loads the module if this machine has one. */
export function loadDrbd(machine: Machine): DrbdKernel | undefined {
  if (machine.kernel || machine.drbdVersion === 'none' || !machine.on) return machine.kernel
  machine.modules.add('drbd')
  if (machine.drbdVersion.startsWith('9')) machine.modules.add('drbd_transport_tcp')
  const followers = new Set<Follower>()
  const kernel: DrbdKernel = {
    machine,
    version: machine.drbdVersion.startsWith('8') ? 8 : 9,
    resources: new Map(),
    minors: new Map(),
    endpoints: new Map(),
    followers,
    follow: (follower) => {
      // Nobody has listened until now, so nothing is known of what was told last.
      if (followers.size === 0) for (const each of kernel.resources.values()) remember(each)
      followers.add(follower)
      return () => followers.delete(follower)
    },
    onSynced: reconsider,
  }
  machine.kernel = kernel
  return kernel
}

/** `1000`, `/dev/drbd1000`, `/dev/drbd/by-res/web/0`. */
export function deviceOfMinor(kernel: DrbdKernel | undefined, text: string): Device | undefined {
  if (!kernel) return undefined
  const byName = /^\/dev\/drbd\/by-res\/([^/]+)\/(\d+)$/.exec(text)
  if (byName) return kernel.resources.get(byName[1] ?? '')?.devices.get(Number(byName[2]))
  const match = /^(?:\/dev\/drbd|minor-)?(\d+)$/.exec(text)
  return match ? kernel.minors.get(Number(match[1])) : undefined
}

/** A device node for reading: contents come from wherever the data is good. */
export function drbdBlock(device: Device): BlockDevice {
  const block = createBlock({
    path: `drbd${device.minor}`,
    type: 'drbd',
    major: 147,
    minor: device.minor,
    sizeKib: device.sizeKib,
  })
  const source = dataSource(device)
  if (source?.backing) block.content = source.backing.content
  return block
}
