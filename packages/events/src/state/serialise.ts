/** The state as text, for checkpoints and for the state hash: same state, same bytes. */
import type { Props } from '../kinds.ts'
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

/** Some records of one table, or the position: one line of a checkpoint. */
export type Slice =
  | { readonly table: TableName; readonly rows: readonly (readonly [string, object])[] }
  | { readonly position: Position }

/** Records of a slice: enough that lines are few, not so many that one of them is large. */
const sliceRows = 500

/** The state in parts: one after the other, each is JSON. It must not change meanwhile. */
export function* stateSlices(state: State): Generator<Slice> {
  for (const table of tableNames) {
    const keys = state[table].keys()
    for (let from = 0; from < keys.length; from += sliceRows) {
      const some = keys.slice(from, from + sliceRows)
      yield { table, rows: some.map((key) => [key, state[table].get(key) as object] as const) }
    }
  }
  yield { position: { ...state.position } }
}

/** Makes a state of its slices, which it takes over: parsed from JSON, they belong to nobody else. */
export class StateReader {
  readonly #state = createState('')
  readonly #origins = new Map<string, Origin>()

  take(slice: Slice): void {
    if ('position' in slice) {
      Object.assign(this.#state.position, slice.position)
      return
    }
    // Written by stateSlices of the same version; the checkpoint's hash vouches for it.
    const table = this.#state[slice.table] as { set(key: string, record: object): void }
    for (const [key, record] of slice.rows) {
      this.#share(record)
      table.set(key, record)
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

  /**
   * What many records have in common is kept once, as it was before it was written: nearly half
   * of the memory of a large state.
   */
  #share(record: Partial<Shareable>): void {
    const { origin, props, phase } = record
    if (origin) {
      const known = this.#origins.get(origin.entry)
      if (known?.sequence === origin.sequence) record.origin = known
      else this.#origins.set(origin.entry, origin)
    }
    if (props && Object.keys(props).length === 0) record.props = noProps
    if (phase?.status === 'live') record.phase = live
  }
}

type Shareable = { origin: Origin; props: Props; phase: Phase }

const noProps: Props = Object.freeze({})
const live: Phase = Object.freeze({ status: 'live' })
