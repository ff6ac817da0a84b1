/** Nodes. */
import { defaultNetInterface, NodeKind, nodeOf } from '@varve/events'
import { isOnline } from '@varve/projections'
import { z } from 'zod'
import { created, deleted, nothingToDelete } from '../answer/say.ts'
import { ignored, oneOf, propertyChanges, props, text } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import type { Call } from '../call.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { nodeView } from '../views/node.ts'
import { uuidOf } from '../views/uuid.ts'
import { operationIsOver } from '../wait/operation.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { waitUntil } from '../wait/until.ts'
import { nodeIn } from './find.ts'
import { NetInterfaceBody } from './net-interface.ts'

/** How long a satellite that runs already takes to be heard, with room. */
const connectMs = 5_000

const NodeBody = z.strictObject({
  name: text,
  type: oneOf(NodeKind.options),
  props: props.optional(),
  net_interfaces: z.array(NetInterfaceBody).min(1, 'a node needs a net interface'),
  /** What answers have; of no account here. */
  flags: ignored,
  uuid: ignored,
  connection_status: ignored,
  storage_providers: ignored,
  resource_layers: ignored,
  unsupported_providers: ignored,
  unsupported_layers: ignored,
  eviction_timestamp: ignored,
  platform: ignored,
  os_variant: ignored,
})

export const nodeRoutes: readonly Route[] = [
  read(
    '/v1/nodes',
    'Nodes',
    (call) => {
      const { query } = call.asked
      const names = query.names('nodes')
      const { nodes } = call.world.state
      const keys = nodes.keys().filter((key) => names?.has(key) ?? true)
      const rows = keys.flatMap((key) => nodes.get(key) ?? [])
      return json(query.page(rows.filter((row) => query.matchesProps(row.props))).map(nodeView))
    },
    { cached: true },
  ),
  read('/v1/nodes/{node}', 'One node', (call) => {
    const node = nodeIn(call, call.params.node)
    return node && json(nodeView(node))
  }),
  change(
    {
      method: 'POST',
      path: '/v1/nodes',
      on: ['create', 'node'],
      summary: 'Add a node',
      success: 201,
      body: NodeBody,
    },
    createNode,
  ),
  change(
    {
      method: 'PUT',
      path: '/v1/nodes/{node}',
      on: ['modify', 'node'],
      summary: 'Change a node’s type and properties',
      body: z.strictObject({ node_type: oneOf(NodeKind.options).optional(), ...propertyChanges }),
    },
    async (call) => {
      const { node } = call.params
      const { node_type: kind, ...given } = call.body
      const args = { node, ...(kind === undefined ? {} : { kind }), ...propertyArgs(given) }
      const done = await call.command('node.modify', args)
      const refs = { Node: node }
      if (done) await sayChanged(call, done, { noun: 'node', name: node, refs, given })
    },
  ),
  change(
    {
      method: 'DELETE',
      path: '/v1/nodes/{node}',
      on: ['delete', 'node'],
      summary: 'Remove a node and its resources',
      body: noBody,
    },
    (call) => removeNode(call, 'node.delete'),
  ),
  change(
    {
      method: 'DELETE',
      path: '/v1/nodes/{node}/lost',
      on: ['delete', 'node'],
      summary: 'Forget a node that will not come back',
      body: noBody,
    },
    (call) => removeNode(call, 'node.lost'),
  ),
]

async function createNode(call: Call<unknown, z.infer<typeof NodeBody>>): Promise<void> {
  const { name, type: kind, props: given, net_interfaces: interfaces } = call.body
  // The one for the satellite comes first: that is what "first" means to Varve.
  const [first, ...others] = interfaces.toSorted(
    (a, b) => Number(b.is_active) - Number(a.is_active),
  )
  if (!first) return
  const done = await call.command('node.create', {
    node: name,
    kind,
    address: first.address,
    netInterface: first.name ?? defaultNetInterface,
    ...(first.satellite_port === undefined ? {} : { port: first.satellite_port }),
    ...(given === undefined ? {} : { props: given }),
  })
  if (!done) return
  for (const { name: netInterface, address, satellite_port: port } of others) {
    const args = {
      node: name,
      name: netInterface,
      address,
      ...(port === undefined ? {} : { port }),
    }
    await call.command('net-interface.create', args)
  }
  const node = nodeOf(call.world.state, name)
  const uuid = node && uuidOf(node.origin, 'node', name)
  call.say(created('node', name, { Node: name }, uuid))
  if (kind === 'Satellite' || kind === 'Combined') await sayUnlessConnected(call, name)
}

export async function sayUnlessConnected(call: Call, name: string): Promise<void> {
  const standing = await waitUntil(call, { waitMs: connectMs }, (world) =>
    isOnline(world, name) ? { done: true } : { done: false, isHopeless: false, waiting: [] },
  )
  if (standing.done) return
  call.say({
    code: 'WARN_NOT_CONNECTED',
    message: `The satellite of node '${name}' has not been heard yet.`,
    correction: `Start it on that machine: varve run satellite --node ${name}`,
    refs: { Node: name },
  })
}

async function removeNode(
  call: Call<{ readonly node: string }>,
  type: 'node.delete' | 'node.lost',
): Promise<void> {
  const { node } = call.params
  const refs = { Node: node }
  if (!nodeOf(call.world.state, node)) {
    call.say(nothingToDelete('node', node, refs))
    return
  }
  const done = await call.command(type, { node })
  if (!done) return
  const what = `The deletion of node '${node}'`
  if (await operationIsOver(call, done, { what, refs })) call.say(deleted('node', node, refs))
}
