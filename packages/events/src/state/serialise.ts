/** The state as text, for checkpoints and for the state hash: same state, same bytes. */
import { live, noProps } from './common.ts'
import type { Origin, Phase } from './records.ts'
import {
  createState,
  minors,
  type Position,
  portsOf,
  type State,
  type TableName,
  tableNames,
} from './state.ts'

/** One line per record in key order, the position last; feed it to a digest. */
export function* stateLines(state: State): Generator<string> {
  for (const name of tableNames) {
    for (const key of state[name].keys()) {
      yield `${name} ${key} ${canonical(state[name].get(key))}\n`
    }
  }
  yield `position ${canonical(state.position)}\n`
}

/** JSON with sorted keys; absent and undefined are the same. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const record = value as Readonly<Record<string, unknown>> // Neither null nor an array.
  let text = ''
  for (const key of Object.keys(record).sort()) {
    if (record[key] === undefined) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(record[key])}`
  }
  return `{${text}}`
}

/** One line of a checkpoint: some records of a table, origins that they refer to, or the position. */
export type Slice =
  | { readonly origins: readonly Origin[] }
  | { readonly table: TableName; readonly rows: readonly (readonly [string, object])[] }
  | { readonly position: Position }

/** Records of a slice: enough that lines are few, not so many that one of them is large. */
const sliceRows = 500

/**
 * The state in parts: one after the other, each is JSON. It must not change meanwhile. Origins,
 * which the records of one entry share, are written once: they would be a third of the text.
 */
export function* stateSlices(state: State): Generator<Slice> {
  const numbers = new Map<string, number>()
  for (const table of tableNames) {
    const keys = state[table].keys()
    for (let from = 0; from < keys.length; from += sliceRows) {
      const origins: Origin[] = []
      const rows = keys.slice(from, from + sliceRows).map((key) => {
        const record: object = state[table].get(key) as object
        return [key, shortened(record, numbers, origins)] as const
      })
      if (origins.length > 0) yield { origins }
      yield { table, rows }
    }
  }
  yield { position: { ...state.position } }
}

type Shareable = { origin?: unknown; props?: unknown; phase?: unknown }

/** Numbers instead of what records have in common: the origin's, and 0 for nothing special. */
function shortened(record: Shareable, numbers: Map<string, number>, added: Origin[]): object {
  const short: Shareable = { ...record }
  // Records with such fields have them in these forms; a snapshot's phase is a word.
  if (record.origin) short.origin = numberOf(record.origin as Origin, numbers, added)
  if (record.props && Object.keys(record.props).length === 0) short.props = 0
  if ((record.phase as Phase | undefined)?.status === 'live') short.phase = 0
  return short
}

function numberOf(origin: Origin, numbers: Map<string, number>, added: Origin[]): number {
  const known = numbers.get(origin.entry)
  if (known !== undefined) return known
  const number = numbers.size
  numbers.set(origin.entry, number)
  added.push(origin)
  return number
}

/** Makes a state of its slices, which it takes over: parsed from JSON, they belong to nobody else. */
export class StateReader {
  readonly #state = createState('')
  readonly #origins: Origin[] = []

  take(slice: Slice): void {
    if ('position' in slice) Object.assign(this.#state.position, slice.position)
    else if ('origins' in slice) this.#origins.push(...slice.origins)
    else {
      // Written by stateSlices of the same version; the checkpoint's hash vouches for it.
      const table = this.#state[slice.table] as { set(key: string, record: object): void }
      for (const [key, record] of slice.rows) table.set(key, this.#completed(record))
    }
  }

  /** Once all slices are taken; the number sets are derived from the tables again. */
  finish(): State {
    const state = this.#state
    for (const row of state.volumeDefinitions.values()) {
      if (row.minor !== undefined) state.numbers.add(minors, row.minor)
    }
    for (const row of state.resources.values()) {
      for (const port of row.ports) state.numbers.add(portsOf(row.node), port)
    }
    return state
  }

  /** What records have in common is in memory once: nearly half of that of a large state. */
  #completed(record: Shareable): object {
    if (typeof record.origin === 'number') record.origin = this.#origins[record.origin]
    if (record.props === 0) record.props = noProps
    if (record.phase === 0) record.phase = live
    return record
  }
}
