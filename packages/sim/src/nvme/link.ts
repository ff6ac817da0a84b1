/** Between a target and those who are connected to it: who answers, and what is seen of it. */
import { type BlockDevice, createBlock } from '../block.ts'
import { findDevice } from '../devices.ts'
import type { Machine } from '../machine.ts'
import type { Controller, Subsystem } from './model.ts'

type Where = Pick<Controller, 'subsystem' | 'address' | 'service'>

/** The machine that answers there, with the subsystem; a sentence of the kernel's when none does. */
export function reach(
  from: Machine,
  { subsystem, address, service }: Where,
): { readonly machine: Machine; readonly offered: Subsystem } | string {
  const machine = [...from.shared.machines.values()].find((each) => each.address === address)
  const { network } = from.shared
  const hears =
    machine?.on &&
    (machine === from ||
      (network.reaches(from.name, machine.name) && network.reaches(machine.name, from.name)))
  if (!machine || !hears) return 'Connection timed out'
  const port = [...machine.nvme.ports.values()].find(
    (each) =>
      each.address === address &&
      each.service === service &&
      each.transport === 'tcp' &&
      each.subsystems.size > 0,
  )
  if (!port) return 'Connection refused'
  const offered = port.subsystems.has(subsystem) && machine.nvme.subsystems.get(subsystem)
  return offered ? { machine, offered } : 'Input/output error'
}

/** What the target has by now: new namespaces, other sizes. Nothing changes while it is silent. */
export function rescan(machine: Machine, controller: Controller): void {
  const found = reach(machine, controller)
  if (typeof found === 'string') return
  for (const id of [...controller.namespaces.keys()]) {
    if (!found.offered.namespaces.get(id)?.isEnabled) controller.namespaces.delete(id)
  }
  for (const [id, { device, isEnabled }] of found.offered.namespaces) {
    const sizeKib = findDevice(found.machine, device)?.sizeKib
    if (!isEnabled || sizeKib === undefined) continue
    const known = controller.namespaces.get(id)
    const block = known?.block ?? remoteBlock(machine, controller, id)
    block.sizeKib = sizeKib
    controller.namespaces.set(id, { sizeKib, block })
  }
}

/** A target tells those who are connected when a namespace comes or goes, but not of sizes. */
export function announce({ shared }: Machine, subsystem: string): void {
  for (const machine of shared.machines.values()) {
    const controller = machine.nvme.controllers.get(subsystem)
    if (machine.on && controller) rescan(machine, controller)
  }
}

/** The device of another machine as it is seen here: broken as long as that does not answer. */
function remoteBlock(machine: Machine, controller: Controller, id: number): BlockDevice {
  const path = `${controller.name}n${id}`
  const block = createBlock({ path, type: 'disk', major: 259, minor: id, sizeKib: 0 })
  const far = () => {
    const found = reach(machine, controller)
    const namespace = typeof found === 'string' ? undefined : found.offered.namespaces.get(id)
    if (typeof found === 'string' || !namespace?.isEnabled) return undefined
    return findDevice(found.machine, namespace.device)
  }
  const pass = <K extends 'content' | 'signatures' | 'drbd' | 'luks' | 'allocatedKib'>(key: K) => ({
    get: () => (far() ?? nothing)[key],
    set: (value: BlockDevice[K]) => {
      const device = far()
      if (device) device[key] = value
    },
  })
  const nothing = createBlock({ path, type: 'disk', major: 259, minor: id, sizeKib: 0 })
  return Object.defineProperties(block, {
    content: pass('content'),
    signatures: pass('signatures'),
    drbd: pass('drbd'),
    luks: pass('luks'),
    allocatedKib: pass('allocatedKib'),
    isFull: { get: () => far()?.isFull ?? false },
    failed: { get: () => far()?.failed ?? true, set: () => undefined },
  })
}
