/** Looks at NVMe over fabrics: files of the kernel only, not one process. */
import {
  type Inventory,
  type NvmeConnection,
  type NvmeNamespace,
  type NvmePort,
  type NvmeSubsystem,
  nvmePlace,
  nvmetPlace,
  type Place,
} from '../../core/inventory.ts'
import type { Host } from '../../host/host.ts'
import { namePrefix, namespacePath, nvmetDirectory, portPath, subsystemPath } from './names.ts'

export type NvmeMaps = Pick<Inventory, 'nvmeSubsystems' | 'nvmePorts' | 'nvmeConnections'>

type NvmeLook = NvmeMaps & { readonly places: ReadonlyMap<string, Place> }

const nothing: NvmeMaps = {
  nvmeSubsystems: new Map(),
  nvmePorts: new Map(),
  nvmeConnections: new Map(),
}

/** Nothing but the maps of it. */
export function nvmeMaps({ nvmeSubsystems, nvmePorts, nvmeConnections }: NvmeMaps): NvmeMaps {
  return { nvmeSubsystems, nvmePorts, nvmeConnections }
}

export async function lookAtNvme(host: Host, isWanted: boolean): Promise<NvmeLook> {
  if (!isWanted) return { ...nothing, places: new Map() }
  const [target, connections] = await Promise.all([
    attempt(() => lookAtTarget(host)),
    attempt(() => lookAtConnections(host)),
  ])
  return {
    nvmeSubsystems: target.found?.subsystems ?? nothing.nvmeSubsystems,
    nvmePorts: target.found?.ports ?? nothing.nvmePorts,
    nvmeConnections: connections.found ?? nothing.nvmeConnections,
    places: new Map<string, Place>([
      [nvmetPlace, target.found?.place ?? target.place],
      [nvmePlace, connections.place],
    ]),
  }
}

/** What comes and goes while it is read throws: then nothing is known this time. */
async function attempt<T>(look: () => Promise<T>): Promise<{ found?: T; place: Place }> {
  try {
    return { found: await look(), place: { state: 'present' } }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { place: { state: 'unknown', reason } }
  }
}

async function lookAtTarget(host: Host) {
  const isThere = await host.exists(nvmetDirectory)
  const place: Place = { state: isThere ? 'present' : 'missing' }
  const names = await host.list(`${nvmetDirectory}/subsystems`)
  const indexes = await host.list(`${nvmetDirectory}/ports`)
  const [subsystems, ports] = await Promise.all([
    Promise.all(names.filter((name) => name.startsWith(namePrefix)).map(readSubsystem(host))),
    Promise.all(indexes.map(readPort(host))),
  ])
  return {
    place,
    subsystems: new Map(subsystems.map((each) => [each.name, each])),
    ports: new Map(ports.map((each) => [each.index, each])),
  }
}

const readSubsystem =
  (host: Host) =>
  async (name: string): Promise<NvmeSubsystem> => {
    const path = subsystemPath(name)
    const [serial, anyHost, ids] = await Promise.all([
      read(host, `${path}/attr_serial`),
      read(host, `${path}/attr_allow_any_host`),
      host.list(`${path}/namespaces`),
    ])
    const namespaces = await Promise.all(
      ids.map(async (id): Promise<NvmeNamespace> => {
        const at = namespacePath(name, Number(id))
        const [device, uuid, enable] = await Promise.all(
          ['device_path', 'device_uuid', 'enable'].map((each) => read(host, `${at}/${each}`)),
        )
        const named = device === '' || device === '(null)' ? undefined : device
        return {
          id: Number(id),
          uuid: uuid ?? '',
          isEnabled: enable === '1',
          ...(named === undefined ? {} : { device: named }),
        }
      }),
    )
    return {
      name,
      serial: serial ?? '',
      isOpen: anyHost === '1',
      namespaces: namespaces.toSorted((a, b) => a.id - b.id),
    }
  }

const readPort =
  (host: Host) =>
  async (index: string): Promise<NvmePort> => {
    const path = portPath(Number(index))
    const [transport, address, service, subsystems] = await Promise.all([
      read(host, `${path}/addr_trtype`),
      read(host, `${path}/addr_traddr`),
      read(host, `${path}/addr_trsvcid`),
      host.list(`${path}/subsystems`),
    ])
    return {
      index: Number(index),
      transport: transport ?? '',
      address: address ?? '',
      service: service ?? '',
      subsystems,
    }
  }

const subsystemClass = '/sys/class/nvme-subsystem'
const controllerClass = '/sys/class/nvme'

async function lookAtConnections(host: Host): Promise<ReadonlyMap<string, NvmeConnection>> {
  const names = await host.list(subsystemClass)
  const found = await Promise.all(names.map((name) => readConnection(host, name)))
  return new Map(found.flatMap((each) => (each ? [[each.name, each] as const] : [])))
}

async function readConnection(host: Host, entry: string): Promise<NvmeConnection | undefined> {
  const path = `${subsystemClass}/${entry}`
  const name = await read(host, `${path}/subsysnqn`)
  if (name?.startsWith(namePrefix) !== true) return undefined
  const serial = await read(host, `${path}/serial`)
  const entries = await host.list(path)
  const controllers = await Promise.all(
    entries
      .filter((each) => /^nvme\d+$/.test(each))
      .map(async (controller) => {
        const at = `${controllerClass}/${controller}`
        const [state, address] = await Promise.all([
          read(host, `${at}/state`),
          read(host, `${at}/address`),
        ])
        const where = /traddr=([^,]+)/.exec(address ?? '')?.[1] ?? ''
        return { name: controller, state: state ?? '', address: where }
      }),
  )
  // A kernel that joins paths shows devices with the subsystem, others with each controller.
  const places = [path, ...controllers.map((each) => `${controllerClass}/${each.name}`)]
  const devices = await Promise.all(places.map((place) => readDevices(host, place)))
  return { name, serial: serial ?? '', controllers, devices: devices.flat() }
}

async function readDevices(host: Host, place: string): Promise<NvmeConnection['devices']> {
  const names = (await host.list(place)).filter((each) => /^nvme\d+n\d+$/.test(each))
  return Promise.all(
    names.map(async (name) => {
      const [id, sectors] = await Promise.all([
        read(host, `${place}/${name}/nsid`),
        read(host, `${place}/${name}/size`),
      ])
      return { id: Number(id), path: `/dev/${name}`, sizeKib: Number(sectors) / 2 }
    }),
  )
}

/** The kernel fills some of them up with blanks. */
const read = async (host: Host, path: string) => (await host.readFile(path))?.trim()
