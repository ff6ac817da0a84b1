/**
 * Name rules and name keys. Names are compared without case; the creator's spelling is kept and
 * shown. Rules: LINSTOR's REST contract, so that its clients' names fit.
 */
import { z } from 'zod'

const identifier = /^[A-Za-z_][A-Za-z0-9_-]*$/

function identifierName(noun: string, min: number, max: number) {
  return z
    .string()
    .min(min, `a ${noun} name has ${min} to ${max} characters`)
    .max(max, `a ${noun} name has ${min} to ${max} characters`)
    .regex(identifier, `a ${noun} name has letters, digits, _ and -, and begins with a letter or _`)
}

const hostLabel = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/

function hostName(noun: string) {
  return z
    .string()
    .min(2, `a ${noun} name has 2 to 255 characters`)
    .max(255, `a ${noun} name has 2 to 255 characters`)
    .refine((name) => name.split('.').every((label) => hostLabel.test(label)), {
      message: `a ${noun} name is a host name: letters, digits and - in labels parted by dots`,
    })
}

export const NodeName = hostName('node')
export const DefinitionName = identifierName('resource definition', 2, 48)
  .refine((name) => /[A-Za-z]/.test(name), {
    message: 'a resource definition name has at least one letter',
  })
  .refine((name) => !['all', 'proxy'].includes(name.toLowerCase()), {
    message: 'the names all and proxy are reserved by drbdadm',
  })
export const GroupName = identifierName('resource group', 2, 48)
export const PoolName = identifierName('storage pool', 3, 48)
export const NetInterfaceName = identifierName('net interface', 3, 32)
/** A name within the keys `Paths/<path>/<node>` of a connection. */
export const PathName = identifierName('path', 2, 48)
export const SnapshotName = identifierName('snapshot', 2, 48)
export const RemoteName = hostName('remote')
export const WebhookName = hostName('webhook')
export const ScheduleName = hostName('schedule')
export const StoreName = identifierName('key-value store', 2, 48)
export const SharedSpaceName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,47}$/, 'a shared space name has 1 to 48 characters')

/** Volume numbers: reference 1, range 0–65534. */
export const VolumeNumber = z.int().min(0).max(65534)

/** The form in which names are compared, stored as keys and put into subjects. */
export function nameKey(name: string): string {
  return name.toLowerCase()
}

/**
 * Key of an object that has several names: `web/n1`, `web/n1/0`. Names never contain a slash.
 * Written out, since every look-up of a resource or volume makes one.
 */
export function keyOf(first: string, second: string | number, third?: string | number): string {
  const key = third === undefined ? `${first}/${second}` : `${first}/${second}/${third}`
  return key.toLowerCase()
}

export const defaultGroup = 'DfltRscGrp'
export const defaultPool = 'DfltStorPool'
export const defaultDisklessPool = 'DfltDisklessStorPool'
export const defaultNetInterface = 'default'
