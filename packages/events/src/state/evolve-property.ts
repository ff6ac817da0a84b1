/** Property containers: one event form for every noun that has one. */
import type { EventOf } from '../event.ts'
import type { Props } from '../kinds.ts'
import { keyOf } from '../names.ts'
import { type Noun, readReference } from '../reference.ts'
import type { State, TableName } from './state.ts'

/** Nouns with a container and the table in which their records are. */
const containers: Partial<Record<Noun, TableName>> = {
  controller: 'controller',
  node: 'nodes',
  'storage-pool-definition': 'poolDefinitions',
  'storage-pool': 'pools',
  'resource-group': 'groups',
  'volume-group': 'volumeGroups',
  'resource-definition': 'definitions',
  'volume-definition': 'volumeDefinitions',
  resource: 'resources',
  volume: 'volumes',
}

type Container = {
  get(key: string): { props: Props } | undefined
  set(key: string, record: { props: Props }): void
}

function change(
  state: State,
  of: EventOf<'property.set'>['of'],
  edit: (props: Props) => Props,
): void {
  const { noun, names } = readReference(of)
  const name = containers[noun]
  if (name === undefined) return
  // Every table named above holds records with `props`; the union of tables hides it.
  const table = state[name] as unknown as Container
  const key = keyOf(...names)
  const record = table.get(key) ?? (noun === 'controller' ? { props: {} } : undefined)
  if (record) table.set(key, { ...record, props: edit(record.props) })
}

export function propertySet(state: State, event: EventOf<'property.set'>): void {
  change(state, event.of, (props) => ({ ...props, [event.key]: event.value }))
}

export function propertyDeleted(state: State, event: EventOf<'property.deleted'>): void {
  change(state, event.of, ({ [event.key]: _, ...rest }) => rest)
}

/** The container of an object, or undefined when there is no such object. */
export function propsOf(state: State, of: EventOf<'property.set'>['of']): Props | undefined {
  const { noun, names } = readReference(of)
  const name = containers[noun]
  if (name === undefined) return undefined
  const table = state[name] as unknown as Container
  return table.get(keyOf(...names))?.props ?? (noun === 'controller' ? {} : undefined)
}
