/** zfs list, as scripts ask for it. */
import type { Machine } from '../machine.ts'
import { fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'
import {
  availableKib,
  type Dataset,
  findDataset,
  isInSuspended,
  parentName,
  poolName,
  referencedKib,
  type Snapshot,
} from './model.ts'
import { missing, misuse } from './words.ts'

const listOptions = optionTable('-H', '-p', '-r', '-d=', '-t=', '-o=')

/** As scripts ask for it: -H -p, with -d 1 or for the named datasets alone. */
export function list(machine: Machine, args: readonly string[]): Output {
  const options = readOptions(args, listOptions)
  if (options.unknown) return misuse(options.unknown)
  const columns = (option(options, '-o') ?? 'name').split(',')
  const withSnapshots = (option(options, '-t') ?? '').split(',').includes('snapshot')
  const rows = new Map<string, Row>()
  let stderr = ''
  for (const word of options.words) {
    const kept = snapshotNamed(machine, word)
    if (kept) rows.set(word, kept)
    if (kept) continue
    const found = findDataset(machine, word)
    if (isInSuspended(machine, word)) {
      stderr += `cannot open '${word}': pool I/O is currently suspended\n`
      continue
    }
    if (!found) stderr += `${missing(word)}\n`
    const depth = Number(option(options, '-d') ?? (options.values.has('-r') ? 99 : 0))
    for (const each of machine.zpools.get(poolName(word))?.datasets.values() ?? []) {
      const isBelow = each.name.startsWith(`${word}/`)
      const levels = each.name.slice(word.length).split('/').length - 1
      if (each !== found && !(found && isBelow && levels <= depth)) continue
      rows.set(each.name, { name: each.name, dataset: each })
      // A snapshot is one level below what it is of.
      if (!withSnapshots || levels >= depth) continue
      for (const row of snapshotRows(each)) rows.set(row.name, row)
    }
  }
  // Snapshots follow what they are of, as they were made.
  const byDataset = (a: Row, b: Row) =>
    a.dataset === b.dataset ? 0 : a.dataset.name < b.dataset.name ? -1 : 1
  const stdout = [...rows.values()]
    .sort(byDataset)
    .map((row) => `${columns.map((column) => cell(machine, row, column)).join('\t')}\n`)
    .join('')
  return stderr === '' ? ok(stdout) : fail(1, stderr, stdout)
}

type Row = { readonly name: string; readonly dataset: Dataset; readonly kept?: Snapshot }

function snapshotNamed(machine: Machine, name: string): Row | undefined {
  const dataset = findDataset(machine, name.split('@')[0] ?? '')
  return dataset && snapshotRows(dataset).find((row) => row.name === name)
}

function snapshotRows(dataset: Dataset): Row[] {
  return [...dataset.snapshots].map(([last, kept]) => ({
    name: `${dataset.name}@${last}`,
    dataset,
    kept,
  }))
}

function cell(machine: Machine, { name, dataset, kept }: Row, column: string): string {
  if (kept) return snapshotCell(machine, name, dataset, kept, column)
  const { device, blockKib, reservedKib, quotaKib } = dataset
  const bytes = (kib: number | undefined) => (kib === undefined ? '-' : `${Math.floor(kib * 1024)}`)
  const cells: Readonly<Record<string, () => string>> = {
    name: () => name,
    type: () => (device ? 'volume' : 'filesystem'),
    volsize: () => bytes(device?.sizeKib),
    volblocksize: () => bytes(device && blockKib),
    referenced: () => bytes(referencedKib(dataset)),
    refreservation: () => bytes(reservedKib),
    available: () => bytes(availableKib(machine, dataset)),
    quota: () => bytes(device ? undefined : quotaKib),
    defer_destroy: () => '-',
  }
  return cells[column]?.() ?? inherited(machine, name, column)
}

function snapshotCell(
  machine: Machine,
  name: string,
  dataset: Dataset,
  { device, isDeferred, properties }: Snapshot,
  column: string,
): string {
  const bytes = (kib: number | undefined) => (kib === undefined ? '-' : `${Math.floor(kib * 1024)}`)
  if (column === 'name') return name
  if (column === 'type') return 'snapshot'
  if (column === 'defer_destroy') return isDeferred ? 'on' : 'off'
  if (column === 'volsize') return bytes(device?.sizeKib)
  if (column === 'referenced') return bytes(device?.allocatedKib ?? 0)
  if (!column.includes(':')) return '-'
  return properties.get(column) ?? inherited(machine, dataset.name, column)
}

/** User properties are their parents' where they have no value of their own. */
function inherited(machine: Machine, name: string, property: string): string {
  for (let at = name; at !== ''; at = parentName(at)) {
    const value = findDataset(machine, at)?.properties.get(property)
    if (value !== undefined) return value
  }
  return '-'
}
