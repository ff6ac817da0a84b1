/** zfs snapshot and clone, and what becomes of snapshots, with the words of 2.1.11. */
import { copyDevice, createBlock } from '../block.ts'
import type { Machine } from '../machine.ts'
import { fail, type Output, ok, optionTable, readOptions } from '../tool.ts'
import { addDataset, findDataset, poolName, refusal } from './model.ts'
import { missing, misuse, splitProperty } from './words.ts'

const options = optionTable('-r', '-p', '-o=')

export function splitSnapshot(name: string): { dataset: string; last: string } {
  const [dataset = '', last = ''] = name.split('@')
  return { dataset, last }
}

export function propertiesOf(words: readonly string[] | undefined): Map<string, string> {
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
  const properties = propertiesOf(values.get('-o'))
  const guid = machine.shared.random.uuid()
  dataset.snapshots.set(last, { isDeferred: false, properties, guid, device: copy })
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

/** Without -R: what has clones stays; with -d it goes with the last of them. */
export function destroySnapshot(machine: Machine, name: string, isDeferred: boolean): Output {
  const { dataset: of, last } = splitSnapshot(name)
  const dataset = findDataset(machine, of)
  if (!dataset) return fail(1, missing(of))
  const found = dataset.snapshots.get(last)
  if (!found) {
    return fail(1, 'could not find any snapshots to destroy; check snapshot names.')
  }
  const clones = clonesOf(machine, name)
  if (clones.length > 0 && isDeferred) {
    found.isDeferred = true
    return ok()
  }
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

/** Content and size as they were; without -r only back to the last one (words of 2.1.11). */
export function rollback(machine: Machine, args: readonly string[]): Output {
  const { words, unknown } = readOptions(args, optionTable('-f'))
  if (unknown) return misuse(unknown)
  const name = words[0] ?? ''
  const { dataset: of, last } = splitSnapshot(name)
  const dataset = findDataset(machine, of)
  const found = dataset?.snapshots.get(last)
  if (!dataset || !found) return fail(1, missing(name))
  const names = [...dataset.snapshots.keys()]
  const later = names.slice(names.indexOf(last) + 1)
  if (later.length > 0) {
    const use = "use '-r' to force deletion of the following snapshots and bookmarks:"
    return fail(
      1,
      `cannot rollback to '${name}': more recent snapshots or bookmarks exist\n${use}\n${later.map((each) => `${of}@${each}`).join('\n')}`,
    )
  }
  if (found.device && dataset.device) {
    dataset.device.sizeKib = found.device.sizeKib
    copyDevice(found.device, dataset.device)
  }
  return ok()
}

/** Its snapshots go along, and those that were cloned from them know them by the new name. */
export function rename(machine: Machine, args: readonly string[]): Output {
  const [from = '', to = ''] = args
  const dataset = findDataset(machine, from)
  const pool = machine.zpools.get(poolName(from))
  if (!dataset?.device || !pool) return fail(1, missing(from))
  const problem = refusal(pool.datasets, to)
  if (problem) return fail(1, `cannot rename '${from}': ${problem}`)
  if (dataset.device.openers.size > 0) return fail(1, `cannot rename '${from}': dataset is busy`)
  const device = createBlock({ ...dataset.device, path: `zvol/${to}` })
  copyDevice(dataset.device, device)
  pool.datasets.delete(from)
  pool.datasets.set(to, { ...dataset, name: to, device })
  for (const each of pool.datasets.values()) {
    if (!each.origin?.startsWith(`${from}@`)) continue
    pool.datasets.set(each.name, { ...each, origin: `${to}${each.origin.slice(from.length)}` })
  }
  return ok()
}

function clonesOf(machine: Machine, snapshot: string): string[] {
  return [...(machine.zpools.get(poolName(snapshot))?.datasets.values() ?? [])]
    .filter((each) => each.origin === snapshot)
    .map((each) => each.name)
}

/** After a clone has gone: its snapshot may have waited for that. */
export function forgetOrigin(machine: Machine, origin: string | undefined): void {
  if (origin === undefined || clonesOf(machine, origin).length > 0) return
  const { dataset: of, last } = splitSnapshot(origin)
  const dataset = findDataset(machine, of)
  if (dataset?.snapshots.get(last)?.isDeferred) dataset.snapshots.delete(last)
}
