/** The state as text, for checkpoints and for the state hash: same state, same bytes. */
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

export type SerialisedState = {
  readonly position: Position
  readonly tables: Readonly<Record<string, readonly (readonly [string, object])[]>>
}

export function serialiseState(state: State): SerialisedState {
  const tables = tableNames.map((name) => [
    name,
    state[name].keys().map((key) => [key, state[name].get(key) as object] as const),
  ])
  return { position: { ...state.position }, tables: Object.fromEntries(tables) }
}

/** Tables as they were; the number sets are derived from them again. */
export function restoreState(serialised: SerialisedState): State {
  const state = createState('')
  Object.assign(state.position, serialised.position)
  for (const name of tableNames) {
    // Written by serialiseState of the same version; the checkpoint's hash vouches for it.
    const table = state[name as TableName] as { set(key: string, record: object): void }
    for (const [key, record] of serialised.tables[name] ?? []) table.set(key, record)
  }
  for (const row of state.volumeDefinitions.values()) {
    if (row.minor !== undefined) state.numbers.add(minors, row.minor)
  }
  for (const row of state.resources.values()) {
    for (const port of row.ports) state.numbers.add(portsOf(row.node), port)
  }
  return state
}
