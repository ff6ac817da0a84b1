/** What zfs send says of a volume's snapshot, and what zfs receive makes of it. */
import { deserialize, serialize } from 'node:v8'
import { type BlockDevice, copyDevice, createBlock } from '../block.ts'
import type { Machine } from '../machine.ts'
import { fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'
import { addDataset, findDataset, poolName, refusal } from './model.ts'
import { propertiesOf, splitSnapshot } from './snapshot.ts'
import { missing, misuse } from './words.ts'

type Stream = {
  readonly guid: string
  /** Of the snapshot that it goes on from. */
  readonly from?: string
  readonly blockKib: number
  readonly device: Pick<BlockDevice, 'sizeKib' | 'content' | 'signatures' | 'drbd' | 'allocatedKib'>
}

export function send(
  machine: Machine,
  args: readonly string[],
): { readonly output: Output; readonly stream?: Uint8Array } {
  const options = readOptions(args, optionTable('-i='))
  if (options.unknown) return { output: misuse(options.unknown) }
  const name = options.words[0] ?? ''
  const { dataset: of, last } = splitSnapshot(name)
  const dataset = findDataset(machine, of)
  const found = dataset?.snapshots.get(last)
  if (!dataset || !found?.device) return { output: fail(1, missing(name)) }
  const base = option(options, '-i')
  const from = base && dataset.snapshots.get(base.replace(/^.*@/, ''))
  if (base && !from) {
    return { output: fail(1, `cannot send '${name}': incremental source (${base}) does not exist`) }
  }
  const { sizeKib, content, signatures, drbd, allocatedKib } = found.device
  const stream: Stream = {
    guid: found.guid,
    ...(from ? { from: from.guid } : {}),
    blockKib: dataset.blockKib,
    device: { sizeKib, content, signatures, drbd, allocatedKib },
  }
  return { output: ok(), stream: serialize(stream) }
}

export function receive(machine: Machine, args: readonly string[], bytes: Buffer): Output {
  const options = readOptions(args, optionTable('-o=', '-u'))
  if (options.unknown) return misuse(options.unknown)
  const name = options.words[0] ?? ''
  const { dataset: to, last } = splitSnapshot(name)
  const pool = machine.zpools.get(poolName(to))
  if (!pool) return fail(1, `cannot open '${poolName(to)}': no such pool`)
  const stream = readStream(bytes)
  if (!stream) return fail(1, 'cannot receive: invalid stream (checksum mismatch)')
  const there = findDataset(machine, to)
  const problem = stream.from === undefined ? refusal(pool.datasets, to) : undefined
  if (problem) return fail(1, `cannot receive new filesystem stream: destination '${to}' exists`)
  const latest = [...(there?.snapshots.values() ?? [])].at(-1)
  if (stream.from !== undefined && latest?.guid !== stream.from) {
    const why = `most recent snapshot of ${to} does not\nmatch incremental source`
    return fail(1, `cannot receive incremental stream: ${why}`)
  }
  const { device, blockKib, guid } = stream
  const properties = propertiesOf(options.values.get('-o'))
  for (const key of [...properties.keys()]) if (!key.includes(':')) properties.delete(key)
  const { sizeKib } = device
  const dataset = there ?? addDataset(machine, pool, { name: to, blockKib, sizeKib, properties })
  if (!dataset.device) return fail(1, `cannot receive: '${to}' is no volume`)
  const source = { ...dataset.device, ...device, luks: undefined }
  copyDevice(source, dataset.device)
  const copy = createBlock({ ...dataset.device, path: `zvol/${name}` })
  copyDevice(source, copy)
  dataset.snapshots.set(last, { isDeferred: false, properties: new Map(), guid, device: copy })
  return ok()
}

function readStream(bytes: Buffer): Stream | undefined {
  try {
    // Ours: only `send` writes it.
    return deserialize(bytes) as Stream
  } catch {
    return undefined
  }
}
