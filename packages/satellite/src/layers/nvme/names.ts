/** What subsystems are called, where the kernel shows them, and how ours are told from others. */
import { nameHash } from '../../core/name-hash.ts'
import { headerUuid } from '../luks/names.ts'

/** As LINSTOR has it: `LS-NVMe_web`. */
export const subsystemName = (resource: string) => `${namePrefix}${resource}`
export const namePrefix = 'LS-NVMe_'

/**
 * Our mark on a subsystem, which its users see, too. 16 hexadecimal digits: kernels before 5.14
 * take nothing else, and forget zeroes at the beginning.
 */
export const subsystemSerial = (owner: string, name: string) =>
  `a${nameHash(`${owner} ${name}`).slice(0, 15)}`

/**
 * Our mark on a namespace. The same after every start of the target: users that come back after
 * its power loss drop a device whose identity has changed.
 */
export const namespaceUuid = headerUuid

/** LINSTOR counts namespaces from 1, volumes from 0. */
export const namespaceId = (volume: number) => volume + 1

export const nvmetDirectory = '/sys/kernel/config/nvmet'
export const subsystemPath = (name: string) => `${nvmetDirectory}/subsystems/${name}`
export const namespacePath = (name: string, id: number) => `${subsystemPath(name)}/namespaces/${id}`
export const portPath = (index: number) => `${nvmetDirectory}/ports/${index}`
export const linkPath = (index: number, name: string) => `${portPath(index)}/subsystems/${name}`

/** Ports have no mark but their number: these are ours, and no other is ever changed. */
const ourPorts = { min: 44_200, max: 44_299 }
export const isOurPort = (index: number) => index >= ourPorts.min && index <= ourPorts.max
export const ourPortNumbers: readonly number[] = Array.from(
  { length: ourPorts.max - ourPorts.min + 1 },
  (_, at) => ourPorts.min + at,
)
