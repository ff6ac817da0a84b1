/** What the kernel shows of NVMe below /sys, and what can be changed there. */
import type { KernelChange } from '@varve/satellite'
import { findDevice } from '../devices.ts'
import type { Machine } from '../machine.ts'
import { announce, reach, rescan } from './link.ts'
import type { Namespace, Port, Subsystem } from './model.ts'

const nvmet = '/sys/kernel/config/nvmet'
const subsystemClass = '/sys/class/nvme-subsystem'
const controllerClass = '/sys/class/nvme'

/** Names in a directory of these; undefined: there is none. */
export function nvmeNames(machine: Machine, path: string): string[] | undefined {
  const { nvme } = machine
  const connected = connectedNames(machine, path)
  if (connected) return connected
  if (!machine.modules.has('nvmet')) return undefined
  if (path === nvmet) return ['hosts', 'ports', 'subsystems']
  if (path === `${nvmet}/subsystems`) return [...nvme.subsystems.keys()].sort()
  if (path === `${nvmet}/ports`) return [...nvme.ports.keys()].map(String).sort()
  const { subsystem, namespace, port, rest } = find(machine, path)
  if (namespace && rest === '') return ['device_path', 'device_uuid', 'enable']
  if (subsystem && rest === '/namespaces') return [...subsystem.namespaces.keys()].map(String)
  if (subsystem && rest === '') return ['attr_allow_any_host', 'attr_serial', 'namespaces']
  if (port && rest === '/subsystems') return [...port.subsystems].sort()
  return port && rest === '' ? Object.keys(portFields).concat('subsystems').sort() : undefined
}

function connectedNames({ nvme }: Machine, path: string): string[] | undefined {
  const all = [...nvme.controllers.values()]
  if (path === subsystemClass) return all.map(({ index }) => `nvme-subsys${index}`).sort()
  if (path === controllerClass) return all.map(({ name }) => name).sort()
  const found = all.find(
    ({ name, index }) =>
      path === `${controllerClass}/${name}` || path === `${subsystemClass}/nvme-subsys${index}`,
  )
  if (!found) return undefined
  if (path.startsWith(subsystemClass)) return [found.name, 'serial', 'subsysnqn']
  return [...found.namespaces.keys()].map((id) => `${found.name}n${id}`).concat('state')
}

/** The text of an attribute, as the kernel ends it; undefined: there is none. */
export function nvmeText(machine: Machine, path: string): string | undefined {
  const text = path.startsWith(nvmet)
    ? targetText(machine, path)
    : path.startsWith('/sys/class/nvme')
      ? connectedText(machine, path)
      : undefined
  return text === undefined ? undefined : `${text}\n`
}

const portFields = {
  addr_trtype: 'transport',
  addr_adrfam: 'family',
  addr_traddr: 'address',
  addr_trsvcid: 'service',
} as const satisfies Record<string, keyof Port>

function targetText(machine: Machine, path: string): string | undefined {
  const { subsystem, namespace, port, rest } = find(machine, path)
  if (namespace) {
    if (rest === '/device_path') return namespace.device === '' ? '(null)' : namespace.device
    if (rest === '/device_uuid') return namespace.uuid
    return rest === '/enable' ? flag(namespace.isEnabled) : undefined
  }
  if (subsystem && rest === '/attr_serial') return subsystem.serial.padEnd(20)
  if (subsystem && rest === '/attr_allow_any_host') return flag(subsystem.anyHost)
  const field = portField(rest)
  return port && field ? port[field] : undefined
}

const flag = (value: boolean) => (value ? '1' : '0')

const portField = (rest: string): (typeof portFields)[keyof typeof portFields] | undefined =>
  Object.entries(portFields).find(([name]) => rest === `/${name}`)?.[1]

function connectedText(machine: Machine, path: string): string | undefined {
  for (const each of machine.nvme.controllers.values()) {
    const subsystem = `${subsystemClass}/nvme-subsys${each.index}`
    if (path === `${subsystem}/subsysnqn`) return each.subsystem
    if (path === `${subsystem}/serial`) return each.serial.padEnd(20)
    const at = `${controllerClass}/${each.name}`
    if (path === `${at}/state`) {
      return typeof reach(machine, each) === 'string' ? 'connecting' : 'live'
    }
    if (path === `${at}/address`) return `traddr=${each.address},trsvcid=${each.service}`
    for (const [id, { sizeKib }] of each.namespaces) {
      if (path === `${at}/${each.name}n${id}/nsid`) return String(id)
      if (path === `${at}/${each.name}n${id}/size`) return String(sizeKib * 2)
    }
  }
  return undefined
}

type Found = {
  readonly name: string
  readonly subsystem: Subsystem | undefined
  readonly id: number
  readonly namespace: Namespace | undefined
  readonly index: number
  readonly port: Port | undefined
  /** Of the path, behind what was found. */
  readonly rest: string
}

function find({ nvme }: Machine, path: string): Found {
  const below = path.slice(nvmet.length + 1)
  const [, name = '', , id = '', rest = ''] =
    /^subsystems\/([^/]+)(\/namespaces\/(\d+))?(.*)$/.exec(below) ?? []
  const subsystem = nvme.subsystems.get(name)
  const namespace = id === '' ? undefined : subsystem?.namespaces.get(Number(id))
  const [, index = '', tail = ''] = /^ports\/(\d+)(.*)$/.exec(below) ?? []
  const port = index === '' ? undefined : nvme.ports.get(Number(index))
  const isNamespaceGone = id !== '' && !namespace
  return {
    name,
    subsystem: isNamespaceGone ? undefined : subsystem,
    id: Number(id),
    namespace,
    index: Number(index),
    port,
    rest: name === '' ? tail : rest,
  }
}

const error = (code: string, path: string) => new Error(`${code}, '${path}'`)
const busy = (path: string) => error('EBUSY: resource busy or locked', path)
const missing = (path: string) => error('ENOENT: no such file or directory', path)

/** Throws what the kernel says. */
export function changeNvme(machine: Machine, change: KernelChange): void {
  const { path } = change
  if (change.op !== 'trigger' && !machine.modules.has('nvmet')) throw missing(path)
  switch (change.op) {
    case 'trigger':
      trigger(machine, path)
      break
    case 'set':
      if (nvmeText(machine, path)?.trim() !== change.text) set(machine, path, change.text)
      break
    case 'make':
      make(machine, path)
      break
    case 'remove':
      removeObject(machine, path)
      break
    case 'link':
    case 'unlink':
      link(machine, path, change.op === 'link')
      break
    default:
      throw new Error(`no such change: ${JSON.stringify(change satisfies never)}`)
  }
}

function trigger(machine: Machine, path: string): void {
  const found = [...machine.nvme.controllers.values()].find(
    ({ name }) => path === `${controllerClass}/${name}/rescan_controller`,
  )
  if (!found) throw missing(path)
  rescan(machine, found)
}

function set(machine: Machine, path: string, text: string): void {
  const { name, subsystem, namespace, port, id, rest } = find(machine, path)
  const field = portField(rest)
  if (port && field) {
    if (port.subsystems.size > 0) throw error('EACCES: permission denied', path)
    port[field] = text
  } else if (namespace && rest === '/enable') enable(machine, { name, id, namespace }, text === '1')
  else if (namespace && (rest === '/device_path' || rest === '/device_uuid')) {
    if (namespace.isEnabled) throw busy(path)
    namespace[rest === '/device_path' ? 'device' : 'uuid'] = text
  } else if (subsystem && rest === '/attr_serial') subsystem.serial = text
  else if (subsystem && rest === '/attr_allow_any_host') subsystem.anyHost = text === '1'
  else throw missing(path)
}

function enable(
  machine: Machine,
  {
    name,
    id,
    namespace,
  }: { readonly name: string; readonly id: number; readonly namespace: Namespace },
  isEnabled: boolean,
): void {
  const device = findDevice(machine, namespace.device)
  if (isEnabled && !device) throw missing(namespace.device)
  namespace.isEnabled = isEnabled
  const opener = `nvmet ${name}/${id}`
  if (isEnabled) device?.openers.add(opener)
  else device?.openers.delete(opener)
  announce(machine, name)
}

function make(machine: Machine, path: string): void {
  const { nvme } = machine
  if (nvmeNames(machine, path)) return
  const [, name, , id] = /\/subsystems\/([^/]+)(\/namespaces\/(\d+))?$/.exec(path) ?? []
  const index = /\/ports\/(\d+)$/.exec(path)?.[1]
  if (index !== undefined) {
    const empty = { transport: '', family: '', address: '', service: '' }
    nvme.ports.set(Number(index), { ...empty, subsystems: new Set() })
  } else if (name !== undefined && id === undefined) {
    const serial = machine.shared.random.uuid().replaceAll('-', '').slice(0, 20)
    nvme.subsystems.set(name, { serial, anyHost: false, namespaces: new Map() })
  } else {
    const owner = nvme.subsystems.get(name ?? '')
    if (!owner) throw missing(path)
    const uuid = machine.shared.random.uuid()
    owner.namespaces.set(Number(id), { device: '', uuid, isEnabled: false })
  }
}

function removeObject(machine: Machine, path: string): void {
  const { nvme } = machine
  const { name, subsystem, id, namespace, index, port, rest } = find(machine, path)
  if (rest !== '') throw error('EPERM: operation not permitted', path)
  if (namespace) {
    enable(machine, { name, id, namespace }, false)
    subsystem?.namespaces.delete(id)
    announce(machine, name)
  } else if (port) {
    if (port.subsystems.size > 0) throw error('ENOTEMPTY: directory not empty', path)
    nvme.ports.delete(index)
  } else if (subsystem) {
    const isOffered = [...nvme.ports.values()].some((each) => each.subsystems.has(name))
    if (subsystem.namespaces.size > 0) throw error('ENOTEMPTY: directory not empty', path)
    if (isOffered) throw busy(path)
    nvme.subsystems.delete(name)
  }
}

function link(machine: Machine, path: string, isLinked: boolean): void {
  const { port, rest } = find(machine, path)
  const name = /^\/subsystems\/([^/]+)$/.exec(rest)?.[1] ?? ''
  if (!port || (isLinked && !machine.nvme.subsystems.has(name))) throw missing(path)
  if (isLinked && (port.address === '' || port.transport === '')) {
    throw error('EINVAL: invalid argument', path)
  }
  const rival = [...machine.nvme.ports.values()].some(
    (other) =>
      other !== port &&
      other.subsystems.size > 0 &&
      other.address === port.address &&
      other.service === port.service,
  )
  if (isLinked && rival) throw error('EADDRINUSE: address already in use', path)
  if (isLinked) port.subsystems.add(name)
  else port.subsystems.delete(name)
}
