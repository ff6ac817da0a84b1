/** LUKS on a simulated device: a header with a key, and what is behind it. */
import type { BlockDevice, LuksHeader } from '../block.ts'
import type { Machine } from '../machine.ts'

/** An open mapping. */
export type Mapping = {
  readonly name: string
  readonly below: BlockDevice
  readonly luks: LuksHeader
  readonly allowsDiscards: boolean
  readonly minor: number
}

export const mappingUuid = ({ name, luks }: Mapping) =>
  `CRYPT-LUKS2-${luks.uuid.replaceAll('-', '')}-${name}`

/** The device node of an open mapping. */
export function mappedDevice(machine: Machine, path: string): BlockDevice | undefined {
  const name = /^\/dev\/mapper\/(.+)$/.exec(path)?.[1]
  return name === undefined ? undefined : machine.crypts.get(name)?.luks.inner
}

/** The power is gone: nothing is open any more. */
export function forgetMappings(machine: Machine): void {
  for (const { luks, below, name } of machine.crypts.values()) {
    luks.inner.openers.clear()
    below.openers.delete(openerOf(name))
  }
  machine.crypts.clear()
}

export const openerOf = (name: string) => `crypt ${name}`
