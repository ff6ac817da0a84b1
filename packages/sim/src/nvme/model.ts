/** NVMe over fabrics: what a machine offers, what it is connected to. All of it goes with the power. */
import type { BlockDevice } from '../block.ts'
import type { Machine } from '../machine.ts'

export type Namespace = { device: string; uuid: string; isEnabled: boolean }

export type Subsystem = {
  serial: string
  anyHost: boolean
  readonly namespaces: Map<number, Namespace>
}

export type Port = {
  transport: string
  family: string
  address: string
  service: string
  readonly subsystems: Set<string>
}

export type Controller = {
  /** `nvme0`. */
  readonly name: string
  readonly index: number
  /** NQN. */
  readonly subsystem: string
  readonly serial: string
  readonly address: string
  readonly service: string
  readonly host: string
  readonly namespaces: Map<number, { sizeKib: number; readonly block: BlockDevice }>
}

export type Nvme = {
  readonly subsystems: Map<string, Subsystem>
  readonly ports: Map<number, Port>
  readonly controllers: Map<string, Controller>
}

export const createNvme = (): Nvme => ({
  subsystems: new Map(),
  ports: new Map(),
  controllers: new Map(),
})

/** Nothing is offered and nothing connected any more. */
export function forgetNvme({ nvme }: Machine): void {
  nvme.subsystems.clear()
  nvme.ports.clear()
  nvme.controllers.clear()
}

/** The device node of what is connected. */
export function remoteDevice(machine: Machine, path: string): BlockDevice | undefined {
  const [, name, id] = /^\/dev\/(nvme\d+)n(\d+)$/.exec(path) ?? []
  if (name === undefined) return undefined
  const controller = [...machine.nvme.controllers.values()].find((each) => each.name === name)
  return controller?.namespaces.get(Number(id))?.block
}
