/** Property containers: one event form for every noun that has one. */
import type { EventOf } from '../event.ts'
import type { Props } from '../kinds.ts'
import { nameKey } from '../names.ts'
import { inOrder, type Noun, nounOf, type Reference, readReference } from '../reference.ts'
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
  'node-connection': 'nodeConnections',
  'resource-connection': 'resourceConnections',
  snapshot: 'snapshots',
  'key-value-store': 'keyValueStores',
}

type Holder = { readonly props: Props }
type Container = {
  get(key: string): Holder | undefined
  set(key: string, record: Holder): void
  delete(key: string): void
}

function change(state: State, of: Reference, edit: (props: Props) => Props): void {
  const noun = nounOf(of)
  const name = containers[noun]
  if (name === undefined) return
  // Every table named above holds records with `props`; the union of tables hides it.
  const table = state[name] as unknown as Container
  const key = keyIn(noun, of)
  const record = table.get(key) ?? newRecord(noun, of)
  if (!record) return
  const props = edit(record.props)
  if (isConnection(noun) && Object.keys(props).length === 0) table.delete(key)
  else table.set(key, { ...record, props })
}

/** Most keys are what stands behind the noun; a connection is found by its nodes in either order. */
function keyIn(noun: Noun, of: Reference): string {
  if (!isConnection(noun)) return nameKey(of.slice(noun.length + 1))
  const { names } = readReference(of)
  const [a = '', b = ''] = names.slice(-2)
  return nameKey([...names.slice(0, -2), ...inOrder([a, b])].join('/'))
}

/** The controller and connections are there as soon as something is said of them. */
function newRecord(noun: Noun, of: Reference): Holder | undefined {
  const props: Props = {}
  if (noun === 'controller') return { props }
  if (!isConnection(noun)) return undefined
  const { names } = readReference(of)
  if (noun === 'node-connection') return connection({ props }, names)
  const [definition = '', ...nodes] = names
  return connection({ definition, props }, nodes)
}

const connection = <T>(rest: T, nodes: readonly string[]) => ({ ...rest, nodes })

const isConnection = (noun: Noun): boolean =>
  noun === 'node-connection' || noun === 'resource-connection'

export function propertySet(state: State, event: EventOf<'property.set'>): void {
  change(state, event.of, (props) => ({ ...props, [event.key]: event.value }))
}

export function propertyDeleted(state: State, event: EventOf<'property.deleted'>): void {
  change(state, event.of, ({ [event.key]: _, ...rest }) => rest)
}

/** The container of an object, or undefined when there is no such object. */
export function propsOf(state: State, of: Reference): Props | undefined {
  const noun = nounOf(of)
  const name = containers[noun]
  if (name === undefined) return undefined
  const table = state[name] as unknown as Container
  return table.get(keyIn(noun, of))?.props ?? newRecord(noun, of)?.props
}
