/** The node that offers a resource's volumes: which changes of the kernel's target are missing. Pure. */
import type { AbsentResource, DesiredVolume, NvmeAddress, PresentResource } from '@varve/events'
import {
  type Inventory,
  type NvmeNamespace,
  type NvmePort,
  type NvmeSubsystem,
  nvmetPlace,
} from '../../core/inventory.ts'
import type { Obstacle } from '../../core/problem.ts'
import { kernel, type Step } from '../../core/step.ts'
import {
  isOurPort,
  linkPath,
  namespaceId,
  namespacePath,
  namespaceUuid,
  ourPortNumbers,
  portPath,
  subsystemName,
  subsystemPath,
  subsystemSerial,
} from './names.ts'

type Documents = PresentResource | AbsentResource

const isTarget = ({ nvme }: Documents) => nvme?.role === 'target'

/** Why nothing of it may be offered, or taken back. */
export function targetObstacle(document: Documents, inventory: Inventory): Obstacle | undefined {
  if (!isTarget(document)) return undefined
  const where = inventory.places.get(nvmetPlace)
  if (where?.state === 'unknown') return { reason: `nvmet cannot be looked at: ${where.reason}` }
  if (document.state === 'absent') return undefined
  if (where?.state !== 'present') return { reason: 'the kernel module nvmet is not loaded' }
  const seen = subsystemOf(document, inventory)
  if (seen && !isOurs(document, seen, inventory)) {
    const reason = `the NVMe subsystem ${seen.name} exists but carries no mark of this resource, so it is left alone`
    return { reason, problem: 'foreign' }
  }
  const rival = document.nvme?.at && rivalOf(document.nvme.at, inventory)
  if (!rival) return undefined
  const reason = `port ${rival.index} of nvmet, which is not Varve's, listens at ${rival.address}:${rival.service} already: set NVMe/Port to another one`
  return { reason, problem: 'foreign' }
}

/** Subsystem, namespaces and port, in the order in which the kernel takes them. */
export function offerSteps(
  document: PresentResource,
  devices: ReadonlyMap<number, string>,
  inventory: Inventory,
): Step[] {
  const { nvme, resource, volumes } = document
  if (nvme?.role !== 'target') return []
  const name = subsystemName(resource)
  const path = subsystemPath(name)
  const seen = subsystemOf(document, inventory)
  const serial = subsystemSerial(nvme.owner, name)
  const steps: Step[] = []
  if (!seen) steps.push(kernel({ op: 'make', path }, 'others shall find the resource'))
  if (seen?.serial !== serial) {
    const change = { op: 'set', path: `${path}/attr_serial`, text: serial } as const
    steps.push(kernel(change, 'the subsystem says whose it is'))
  }
  for (const volume of volumes) {
    const device = devices.get(volume.number)
    if (device !== undefined) steps.push(...namespaceSteps(name, volume, device, seen))
  }
  if (seen?.isOpen !== true) {
    const change = { op: 'set', path: `${path}/attr_allow_any_host`, text: '1' } as const
    steps.push(kernel(change, 'initiators may connect'))
  }
  return nvme.at ? [...steps, ...portSteps(name, nvme.at, inventory)] : steps
}

function namespaceSteps(
  subsystem: string,
  { number, storage }: DesiredVolume,
  device: string,
  seen: NvmeSubsystem | undefined,
): Step[] {
  if (!storage) return []
  const id = namespaceId(number)
  const path = namespacePath(subsystem, id)
  const uuid = namespaceUuid(storage.owner, storage.name)
  const found = seen?.namespaces.find((each) => each.id === id)
  if (found?.isEnabled && found.device === device && found.uuid === uuid) return []
  const set = (attribute: string, text: string, why: string) =>
    kernel({ op: 'set', path: `${path}/${attribute}`, text }, why)
  return [
    ...(found ? [] : [kernel({ op: 'make', path }, `volume ${number} shall be offered`)]),
    ...(found?.isEnabled ? [set('enable', '0', 'what is in use cannot be changed')] : []),
    set('device_uuid', uuid, 'the namespace says whose it is, also after a restart'),
    set('device_path', device, `volume ${number} shall be offered`),
    set('enable', '1', `volume ${number} shall be offered`),
  ]
}

/** All that have the same address share a port: the kernel listens once. */
function portSteps(name: string, at: NvmeAddress, inventory: Inventory): Step[] {
  const ports = inventory.nvmePorts
  const found = [...ports.values()].find((port) => isOurPort(port.index) && isAt(port, at))
  if (found?.subsystems.includes(name)) return []
  const index = found?.index ?? ourPortNumbers.find((each) => isFree(ports.get(each)))
  if (index === undefined) return []
  const path = portPath(index)
  const where = `${at.address}:${at.port}`
  const set = (attribute: string, text: string) =>
    kernel({ op: 'set', path: `${path}/${attribute}`, text }, `the target listens at ${where}`)
  const made = [
    ...(ports.has(index) ? [] : [kernel({ op: 'make', path }, `nothing listens at ${where} yet`)]),
    set('addr_trtype', at.transport),
    set('addr_adrfam', at.address.includes(':') ? 'ipv6' : 'ipv4'),
    set('addr_trsvcid', String(at.port)),
    // Last: a port with an address is one that all has been said about.
    set('addr_traddr', at.address),
  ]
  const link = { op: 'link', path: linkPath(index, name), to: subsystemPath(name) } as const
  return [...(found ? [] : made), kernel(link, `initiators find it at ${where}`)]
}

/** Nobody has it, or it was made by us and no more than that. */
const isFree = (port: NvmePort | undefined) =>
  port === undefined || (port.address === '' && port.subsystems.length === 0)

const isAt = (port: NvmePort, at: NvmeAddress) =>
  port.address === at.address && port.service === String(at.port) && port.transport === at.transport

function rivalOf(at: NvmeAddress, inventory: Inventory): NvmePort | undefined {
  return [...inventory.nvmePorts.values()].find(
    (port) => !isOurPort(port.index) && isAt(port, at) && port.subsystems.length > 0,
  )
}

/** Namespaces of volumes that go, while the resource stays: before their storage does. */
export function withdrawVolumes(document: PresentResource, inventory: Inventory): Step[] {
  const seen = isTarget(document) ? subsystemOf(document, inventory) : undefined
  if (!seen || !isOurs(document, seen, inventory)) return []
  const ids = new Set(document.removed.map(({ number }) => namespaceId(number)))
  return seen.namespaces.filter(({ id }) => ids.has(id)).flatMap((each) => withdraw(seen, each))
}

/** All of it, before any storage goes. What is not ours never was part of this resource. */
export function withdrawSteps(document: AbsentResource, inventory: Inventory): Step[] {
  const seen = isTarget(document) ? subsystemOf(document, inventory) : undefined
  if (!seen || !isOurs(document, seen, inventory)) return []
  const ours = [...inventory.nvmePorts.values()].filter(({ index }) => isOurPort(index))
  const linked = ours.filter(({ subsystems }) => subsystems.includes(seen.name))
  const empty = ours.filter(({ subsystems }) => subsystems.every((each) => each === seen.name))
  const why = 'the resource shall go'
  return [
    ...linked.map(({ index }) => kernel({ op: 'unlink', path: linkPath(index, seen.name) }, why)),
    // Somebody else's resource may be offered there by now.
    ...empty.map(({ index }) =>
      kernel({ op: 'remove', path: portPath(index) }, 'nothing is offered there any more', {
        mayFail: true,
      }),
    ),
    ...seen.namespaces.flatMap((each) => withdraw(seen, each)),
    // Last: as long as it is there, all this is tried again.
    kernel({ op: 'remove', path: subsystemPath(seen.name) }, why),
  ]
}

function withdraw({ name }: NvmeSubsystem, { id, isEnabled }: NvmeNamespace): Step[] {
  const path = namespacePath(name, id)
  const why = 'what is offered holds its storage'
  const disable = { op: 'set', path: `${path}/enable`, text: '0' } as const
  return [...(isEnabled ? [kernel(disable, why)] : []), kernel({ op: 'remove', path }, why)]
}

function subsystemOf({ resource }: Documents, inventory: Inventory): NvmeSubsystem | undefined {
  return inventory.nvmeSubsystems.get(subsystemName(resource))
}

/** With our mark; or as empty as one is that was made a moment ago, before it could get one. */
function isOurs({ nvme }: Documents, seen: NvmeSubsystem, inventory: Inventory): boolean {
  if (nvme && seen.serial === subsystemSerial(nvme.owner, seen.name)) return true
  const isOffered = [...inventory.nvmePorts.values()].some((port) =>
    port.subsystems.includes(seen.name),
  )
  return !seen.isOpen && seen.namespaces.length === 0 && !isOffered
}
