/** Whether a storage pool could be made of a disk, and if not, why. */
import type { ObservedDevice } from '@varve/events'
import type { BlockDevice } from './parse.ts'

/** Only what is larger than 1 GiB: LINSTOR's limit (reference, Physical storage). */
const smallestKib = 1024 * 1024

/** Of devices that have more of them only so many are named. */
const mostNames = 3

/**
 * Why not, as far as the kernel and udev know without anybody reading the disk; undefined: nothing
 * speaks against it so far. The order is that of what an operator would do about it.
 */
export function problemOf(device: BlockDevice): string | undefined {
  const { children, content, label, mountPoint, partitionTable, sizeKib, type } = device
  if (type !== 'disk') return `it is no disk but a device of type ${type}`
  if (device.readOnly) return 'it can only be read'
  if (mountPoint === '[SWAP]') return 'the machine swaps on it'
  if (mountPoint !== undefined) return `it is mounted on ${mountPoint}`
  const partitions = children.filter((child) => child.type === 'part')
  if (partitions.length > 0) return `it has the partitions ${names(partitions)}`
  if (children.length > 0) return `it is used by ${names(children)}`
  if (partitionTable !== undefined) return tableProblem(partitionTable)
  if (content !== undefined) {
    return label === undefined ? holds([content]) : `${holds([content])} named ${label}`
  }
  if (sizeKib <= smallestKib) return 'it is too small: a storage pool needs more than 1 GiB'
  return undefined
}

/** What was found on it by reading it. */
export function signatureProblem(types: readonly string[]): string | undefined {
  if (types.length === 0) return undefined
  const [table] = types.filter((type) => tables.has(type))
  return table === undefined ? holds(types) : tableProblem(table)
}

const tables: ReadonlySet<string> = new Set(['gpt', 'dos', 'PMBR', 'sun', 'sgi', 'mac', 'bsd'])

const tableProblem = (type: string) => `it has a partition table (${type})`
const holds = (types: readonly string[]) => `it holds ${types.join(', ')}`

function names(children: BlockDevice['children']): string {
  const all = [...new Set(children.map(({ path }) => path.replace(/^\/dev\/(mapper\/)?/, '')))]
  const more = all.length > mostNames ? ` and ${all.length - mostNames} more` : ''
  return `${all.slice(0, mostNames).join(', ')}${more}`
}

/** What is told of it. */
export function observedDevice(device: BlockDevice, problem: string | undefined): ObservedDevice {
  const { path, sizeKib, rotational, model, serial, wwn } = device
  return {
    path,
    sizeKib,
    rotational,
    ...(model === undefined ? {} : { model }),
    ...(serial === undefined ? {} : { serial }),
    ...(wwn === undefined ? {} : { wwn }),
    ...(problem === undefined ? {} : { problem }),
  }
}
