/** Settings between two nodes, for all resources or for one: DRBD options and network paths. */
import {
  type Args,
  isDrbd84,
  isRefusal,
  type Node,
  nameKey,
  nodeOf,
  type PathInterface,
  pathsOf,
  propsOf,
  type Reference,
  type Refusal,
  referConnection,
  refuse,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { changeProperties, type PropertyChanges } from './property.ts'
import { requireNode, requireResource } from './require.ts'

type Pair = { readonly nodeA: string; readonly nodeB: string }
type OfResource = Pair & { readonly definition: string }
type NewPath = Pair & {
  readonly path: string
  readonly interfaceA: string
  readonly interfaceB: string
}

export function modifyNodeConnection(draft: Draft, args: Args<'node-connection.modify'>) {
  return modify(draft, ofNodes(draft, args), args)
}

export function createNodePath(draft: Draft, args: Args<'node-connection.create-path'>) {
  return createPath(draft, ofNodes(draft, args), args)
}

export function deleteNodePath(draft: Draft, args: Args<'node-connection.delete-path'>) {
  return deletePath(draft, ofNodes(draft, args), args.path)
}

export function modifyResourceConnection(draft: Draft, args: Args<'resource-connection.modify'>) {
  return modify(draft, ofResources(draft, args), args)
}

export function createResourcePath(draft: Draft, args: Args<'resource-connection.create-path'>) {
  return createPath(draft, ofResources(draft, args), args)
}

export function deleteResourcePath(draft: Draft, args: Args<'resource-connection.delete-path'>) {
  return deletePath(draft, ofResources(draft, args), args.path)
}

type Connection = { readonly of: Reference; readonly nodes: readonly [Node, Node] }

function modify(
  draft: Draft,
  connection: Connection | Refusal,
  changes: PropertyChanges,
): Refusal | undefined {
  if (isRefusal(connection)) return connection
  return changeProperties(draft, connection.of, changes) ?? refuseBadPaths(draft, connection)
}

function createPath(
  draft: Draft,
  connection: Connection | Refusal,
  args: NewPath,
): Refusal | undefined {
  if (isRefusal(connection)) return connection
  const { path } = args
  if (pathsOf(propsOf(draft.state, connection.of) ?? {}).has(path)) {
    return refuse('exists', { noun: 'path', subject: path })
  }
  return modify(draft, connection, {
    setProps: {
      [pathKey(path, nodeOf(draft.state, args.nodeA))]: args.interfaceA,
      [pathKey(path, nodeOf(draft.state, args.nodeB))]: args.interfaceB,
    },
  })
}

function deletePath(
  draft: Draft,
  connection: Connection | Refusal,
  path: string,
): Refusal | undefined {
  if (isRefusal(connection)) return connection
  if (!pathsOf(propsOf(draft.state, connection.of) ?? {}).has(path)) {
    return refuse('not-found', { noun: 'path', subject: path })
  }
  return changeProperties(draft, connection.of, { deleteNamespaces: [`Paths/${path}`] })
}

const pathKey = (path: string, node: Node | undefined) => `Paths/${path}/${node?.name ?? ''}`

function ofNodes(draft: Draft, { nodeA, nodeB }: Pair): Connection | Refusal {
  const nodes = requirePair(draft, nodeA, nodeB)
  if (isRefusal(nodes)) return nodes
  return { nodes, of: referConnection('node-connection', namesOf(nodes)) }
}

function ofResources(draft: Draft, { definition, nodeA, nodeB }: OfResource): Connection | Refusal {
  const nodes = requirePair(draft, nodeA, nodeB)
  if (isRefusal(nodes)) return nodes
  const first = requireResource(draft.state, definition, nodeA)
  if (isRefusal(first)) return first
  const second = requireResource(draft.state, definition, nodeB)
  if (isRefusal(second)) return second
  const of = referConnection('resource-connection', namesOf(nodes), first.definition)
  return { nodes, of }
}

const namesOf = ([a, b]: readonly [Node, Node]): readonly [string, string] => [a.name, b.name]

function requirePair(draft: Draft, a: string, b: string): readonly [Node, Node] | Refusal {
  const first = requireNode(draft.state, a)
  if (isRefusal(first)) return first
  const second = requireNode(draft.state, b)
  if (isRefusal(second)) return second
  if (first !== second) return [first, second]
  const problem = `both are node ${first.name}; a connection has two different ones`
  return refuse('invalid-arguments', { subject: 'connection', problem })
}

/** A path that lacks an end would take the whole connection out of DRBD's configuration. */
function refuseBadPaths(draft: Draft, { of, nodes }: Connection): Refusal | undefined {
  const paths = pathsOf(propsOf(draft.state, of) ?? {})
  for (const [path, ends] of paths) {
    const refused = refuseEnds(path, ends, nodes)
    if (refused) return refused
  }
  const old = paths.size > 1 ? nodes.find((node) => isDrbd84(node.capabilities)) : undefined
  if (!old) return undefined
  const problem = 'its DRBD 8.4 knows one path between two nodes'
  return refuse('not-capable', { subject: old.name, required: `${paths.size} paths`, problem })
}

function refuseEnds(
  path: string,
  ends: readonly PathInterface[],
  nodes: readonly [Node, Node],
): Refusal | undefined {
  const bad = (problem: string) => refuse('invalid-property', { subject: `Paths/${path}`, problem })
  for (const node of nodes) {
    const end = ends.find((row) => nameKey(row.node) === nameKey(node.name))
    if (!end) return bad(`it names no net interface of node ${node.name}`)
    const known = node.interfaces.map(({ name }) => name)
    if (!known.some((name) => nameKey(name) === nameKey(end.netInterface))) {
      const has = `it has ${known.join(', ')}`
      return bad(`node ${node.name} has no net interface ${end.netInterface}; ${has}`)
    }
  }
  const other = ends.find((end) => !nodes.some((node) => nameKey(node.name) === nameKey(end.node)))
  return other && bad(`${other.node} is not one of the two nodes`)
}
