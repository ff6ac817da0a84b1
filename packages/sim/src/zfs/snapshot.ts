/** zfs snapshot and clone, and what becomes of snapshots, with the words of 2.1.11. */
import { copyDevice, createBlock } from '../block.ts'
import type { Machine } from '../machine.ts'
import { fail, type Output, ok, optionTable, readOptions } from '../tool.ts'
import { addDataset, findDataset, poolName, refusal } from './model.ts'
import { missing, misuse, splitProperty } from './words.ts'

const options = optionTable('-r', '-p', '-o=')

function splitSnapshot(name: string): { dataset: string; last: string } {
  const [dataset = '', last = ''] = name.split('@')
  return { dataset, last }
}

function propertiesOf(words: readonly string[] | undefined): Map<string, string> {
  return new Map((words ?? []).map((word) => splitProperty(word)))
}

export function snapshot(machine: Machine, args: readonly string[]): Output {
  const { words, values, unknown } = readOptions(args, options)
  if (unknown) return misuse(unknown)
  const name = words[0] ?? ''
  const { dataset: of, last } = splitSnapshot(name)
  const dataset = findDataset(machine, of)
  if (!dataset) return fail(1, missing(of))
  if (dataset.snapshots.has(last)) {
    return fail(1, `cannot create snapshot '${name}': dataset already exists`)
  }
  const { device } = dataset
  const copy = device && createBlock({ ...device, path: `zvol/${name}` })
  if (device && copy) copyDevice(device, copy)
  dataset.snapshots.set(last, { properties: propertiesOf(values.get('-o')), device: copy })
  return ok()
}

/** A volume that begins as the snapshot; it reserves nothing unless it is told to. */
export function clone(machine: Machine, args: readonly string[]): Output {
  const { words, values, unknown } = readOptions(args, options)
  if (unknown) return misuse(unknown)
  const [origin = '', name = ''] = words
  const { dataset: of, last } = splitSnapshot(origin)
  const source = findDataset(machine, of)
  const from = source?.snapshots.get(last)
  const pool = machine.zpools.get(poolName(name))
  if (!source || !from || !pool) return fail(1, missing(origin))
  const problem = refusal(pool.datasets, name)
  if (problem) return fail(1, `cannot create '${name}': ${problem}`)
  const size = from.device ? { sizeKib: from.device.sizeKib } : {}
  const properties = propertiesOf(values.get('-o'))
  const made = addDataset(machine, pool, {
    name,
    blockKib: source.blockKib,
    properties,
    origin,
    ...size,
  })
  if (from.device && made.device) copyDevice(from.device, made.device)
  return ok()
}

/** Without -R: what has clones stays. */
export function destroySnapshot(machine: Machine, name: string): Output {
  const { dataset: of, last } = splitSnapshot(name)
  const dataset = findDataset(machine, of)
  if (!dataset) return fail(1, missing(of))
  if (!dataset.snapshots.has(last)) {
    return fail(1, 'could not find any snapshots to destroy; check snapshot names.')
  }
  const clones = [...(machine.zpools.get(poolName(of))?.datasets.values() ?? [])]
    .filter((each) => each.origin === name)
    .map((each) => each.name)
  if (clones.length > 0) {
    const use = "use '-R' to destroy the following datasets:"
    return fail(
      1,
      `cannot destroy '${name}': snapshot has dependent clones\n${use}\n${clones.join('\n')}`,
    )
  }
  dataset.snapshots.delete(last)
  return ok()
}
