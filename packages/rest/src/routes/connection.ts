/** Settings between two nodes, for all resources or for one; network paths are properties of it. */
import {
  inOrder,
  type NodeConnection,
  nameKey,
  nodeConnectionOf,
  nodeOf,
  resourceConnectionOf,
  resourceConnectionsOf,
} from '@varve/events'
import { z } from 'zod'
import { propertyChanges } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import type { Call } from '../call.ts'
import { change, json, type Route, read } from '../route.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { definitionIn } from './find.ts'

const ofNodes = '/v1/node-connections'
const ofResource = '/v1/resource-definitions/{resource}/resource-connections'

export const connectionRoutes: readonly Route[] = [
  read(ofNodes, 'Connections between nodes that have settings of their own', (call) => {
    const { query } = call.asked
    const wanted = [query.text('node_a'), query.text('node_b')].flatMap((name) => name ?? [])
    const rows = [...call.world.state.nodeConnections.values()].filter(({ nodes }) =>
      wanted.every((name) => nodes.some((node) => nameKey(node) === nameKey(name))),
    )
    return json(rows.map(connectionView))
  }),
  read(`${ofNodes}/{node_a}/{node_b}`, 'One connection between nodes', (call) => {
    const pair = [call.params.node_a, call.params.node_b] as const
    if (!areNodes(call, pair)) return undefined
    const row = nodeConnectionOf(call.world.state, pair)
    return json(connectionView(row ?? { nodes: inOrder(pair), props: {} }))
  }),
  change(
    {
      method: 'PUT',
      path: `${ofNodes}/{node_a}/{node_b}`,
      on: ['modify', 'node-connection'],
      summary: 'Change a connection’s properties',
      body: z.strictObject(propertyChanges),
    },
    async (call) => {
      const { node_a: nodeA, node_b: nodeB } = call.params
      const args = { nodeA, nodeB, ...propertyArgs(call.body) }
      const done = await call.command('node-connection.modify', args)
      const about = { noun: 'node connection', name: `${nodeA}-${nodeB}`, refs: { Node: nodeA } }
      if (done) await sayChanged(call, done, { ...about, given: call.body })
    },
  ),
  // Go's library asks for the list in a spelling of its own.
  ...[ofResource, '/v1/resource-definitions/{resource}/resources-connections'].map((path) =>
    read(path, 'Connections of a resource that have settings of their own', (call) => {
      const { resource } = call.params as { readonly resource: string }
      const definition = definitionIn(call, resource)
      if (!definition) return undefined
      const rows = resourceConnectionsOf(call.world.state, definition.name)
      return json(rows.map(connectionView))
    }),
  ),
  read(`${ofResource}/{node_a}/{node_b}`, 'One connection of a resource', (call) => {
    const { resource, node_a, node_b } = call.params
    const pair = [node_a, node_b] as const
    const definition = definitionIn(call, resource)
    if (!definition || !areNodes(call, pair)) return undefined
    const row = resourceConnectionOf(call.world.state, definition.name, pair)
    return json(connectionView(row ?? { nodes: inOrder(pair), props: {} }))
  }),
  change(
    {
      method: 'PUT',
      path: `${ofResource}/{node_a}/{node_b}`,
      on: ['modify', 'resource-connection'],
      summary: 'Change a connection’s properties for one resource',
      body: z.strictObject(propertyChanges),
    },
    async (call) => {
      const { resource: definition, node_a: nodeA, node_b: nodeB } = call.params
      const args = { definition, nodeA, nodeB, ...propertyArgs(call.body) }
      const done = await call.command('resource-connection.modify', args)
      if (!done) return
      const refs = { RscDfn: definition, Node: nodeA, PeerNode: nodeB }
      const about = { noun: 'resource connection', name: `${definition} ${nodeA}-${nodeB}`, refs }
      await sayChanged(call, done, { ...about, given: call.body, definition })
    },
  ),
]

function connectionView({ nodes, props }: NodeConnection): object {
  return { node_a: nodes[0], node_b: nodes[1], props }
}

function areNodes(call: Call, names: readonly [string, string]): boolean {
  const missing = names.find((name) => !nodeOf(call.world.state, name))
  if (missing === undefined) return true
  call.fail('FAIL_NOT_FOUND_NODE', `There is no node '${missing}'.`, { Node: missing })
  return false
}
