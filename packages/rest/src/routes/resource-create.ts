/** Resources by hand and by the autoplacer. */
import { definitionOf, isLive, resourceOf, resourcesOf } from '@varve/events'
import { z } from 'zod'
import { created, notSupported } from '../answer/say.ts'
import { FilterBody, filterArgs } from '../body/filter.ts'
import { areItsLayers } from '../body/layers.ts'
import { flag, ignored, int, props, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, type Route } from '../route.ts'
import { uuidOf } from '../views/uuid.ts'
import { resourcesAreThere } from '../wait/ready.ts'
import {
  copySnapshots,
  type SnapshotFields,
  snapshotFields,
  snapshotsMeant,
} from './copy-snapshots.ts'
import { definitionIn } from './find.ts'

const noun = 'resource'
const path = '/v1/resource-definitions/{resource}/resources'

const ResourceBody = z.strictObject({
  resource: z
    .strictObject({
      name: text.optional(),
      node_name: text.optional(),
      props: props.optional(),
      flags: z.array(text).optional(),
      /** What answers have; of no account here. */
      effective_props: ignored,
      layer_object: ignored,
      state: ignored,
      shared_name: ignored,
      uuid: ignored,
      create_timestamp: ignored,
    })
    .default({}),
  layer_list: z.array(text).optional(),
  drbd_node_id: int.optional(),
  drbd_tcp_port_count: int.optional(),
  drbd_tcp_ports: z.array(int).optional(),
  drbd_client: flag.optional(),
  ...snapshotFields,
})
type ResourceBody = z.infer<typeof ResourceBody>

/** Which of them it is follows from the layers. */
const disklessFlags = ['DISKLESS', 'DRBD_DISKLESS', 'NVME_INITIATOR']

const missing = 'a layer_list other than that of the definition'

export const resourceCreateRoutes: readonly Route[] = [
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'resource'],
      summary: 'Place a definition on nodes',
      success: 201,
      missing,
      // Some clients send the one object without its list.
      body: z.union([z.array(ResourceBody), ResourceBody.transform((body) => [body])]),
    },
    async (call) => {
      for (const body of call.body) {
        const node = body.resource.node_name
        if (node === undefined) call.fail('FAIL_INVLD_NODE_NAME', 'node_name is missing.')
        else await createResource(call, call.params.resource, node, body)
      }
    },
  ),
  change(
    {
      method: 'POST',
      path: `${path}/{node}`,
      on: ['create', 'resource'],
      summary: 'Place a definition on a node',
      success: 201,
      missing,
      body: ResourceBody,
    },
    (call) => createResource(call, call.params.resource, call.params.node, call.body),
  ),
  change(
    {
      method: 'POST',
      path: '/v1/resource-definitions/{resource}/autoplace',
      on: ['create', 'resource'],
      summary: 'Place as many replicas as are missing',
      success: 201,
      missing,
      body: z.strictObject({
        select_filter: FilterBody.optional(),
        diskless_on_remaining: flag.optional(),
        layer_list: z.array(text).optional(),
        ...snapshotFields,
      }),
    },
    async (call) => {
      const row = definitionIn(call, call.params.resource)
      if (!row || !areItsLayers(call, row, call.body.layer_list)) return
      const { select_filter, diskless_on_remaining: onRemaining } = call.body
      const filter = filterArgs(select_filter ?? {})
      const args =
        onRemaining === undefined ? filter : { ...filter, disklessOnRemaining: onRemaining }
      await autoPlace(call, row.name, args, call.body)
    },
  ),
]

async function createResource(
  call: Call,
  definition: string,
  node: string,
  body: ResourceBody,
): Promise<void> {
  const row = definitionIn(call, definition)
  if (!row) return
  const { resource, layer_list, drbd_tcp_ports: ports, drbd_tcp_port_count: portCount } = body
  const flags = new Set(resource.flags?.map((one) => one.toUpperCase()))
  const rows = resourcesOf(call.world.state, definition)
  // The first one is active; those that share its storage are not.
  const isFirst = !rows.some(({ space }) => space !== undefined)
  if (flags.has('EBS_INITIATOR') || (flags.has('INACTIVE') && isFirst)) {
    call.say(notSupported(`A resource that is ${[...flags].join(', ')}`))
    return
  }
  const snapshots = snapshotsMeant(call, row.name, body)
  if (snapshots === undefined || !areItsLayers(call, row, layer_list)) return
  const isDiskless = disklessFlags.some((flag) => flags.has(flag))
  const kind = body.drbd_client ? 'client' : isDiskless ? 'diskless' : 'diskful'
  const { StorPoolName: pool, ...others } = resource.props ?? {}
  const there = resourceOf(call.world.state, definition, node)
  if (there && isLive(there) && (there.kind === kind || there.kind === 'diskful')) {
    const message = `Resource '${definition}' is on node '${node}' already.`
    call.say({ code: 'INFO_RSC_ALREADY_EXISTS', message, refs: { RscDfn: definition, Node: node } })
    return
  }
  const done = await call.command('resource.create', {
    definition,
    node,
    kind,
    ...(pool === undefined || kind !== 'diskful' ? {} : { pool }),
    ...(body.drbd_node_id === undefined ? {} : { nodeId: body.drbd_node_id }),
    ...(ports === undefined ? {} : { ports }),
    ...(portCount === undefined ? {} : { portCount }),
    props: others,
  })
  if (!done) return
  sayCreated(call, definition, node)
  sayIfInactive(call, definition, node)
  await resourcesAreThere(call, definition, done)
  if (kind === 'diskful') await copySnapshots(call, row.name, snapshots, [node])
}

function sayIfInactive(call: Call, definition: string, node: string): void {
  if (!resourceOf(call.world.state, definition, node)?.inactive) return
  const message = `Resource '${definition}' on node '${node}' is inactive: its storage is in use on another node.`
  const refs = { RscDfn: definition, Node: node }
  call.say({ code: 'WARN_RSC_DEACTIVATED', message, refs })
}

/** Nothing to place is no error: drivers ask again and again. */
export async function autoPlace(
  call: Call,
  definition: string,
  filter: ReturnType<typeof filterArgs>,
  copies: SnapshotFields = {},
): Promise<void> {
  const snapshots = snapshotsMeant(call, definition, copies)
  if (snapshots === undefined) return
  const done = await call.command('resource.auto-place', { definition, filter })
  if (!done) return
  const nodes = placedNodes(done.result)
  if (nodes.length === 0) {
    const message = `'${definition}' is placed as asked for already.`
    call.say({ code: 'WARN_RSC_ALREADY_DEPLOYED', message, refs: { RscDfn: definition } })
    return
  }
  for (const node of nodes) sayCreated(call, definition, node)
  await resourcesAreThere(call, definition, done)
  const isDiskful = (node: string) =>
    resourceOf(call.world.state, definition, node)?.kind === 'diskful'
  await copySnapshots(call, definition, snapshots, nodes.filter(isDiskful))
}

export function placedNodes(result: Readonly<Record<string, unknown>> | undefined): string[] {
  const placed = z.array(z.object({ node: z.string() })).safeParse(result?.placed)
  return placed.success ? placed.data.map(({ node }) => node) : []
}

export function sayCreated(call: Call, definition: string, node: string): void {
  const row = resourceOf(call.world.state, definition, node)
  const uuid = row && uuidOf(row.origin, 'resource', definition, node)
  const name = definitionOf(call.world.state, definition)?.name ?? definition
  call.say(created(noun, `${name} on ${node}`, { RscDfn: name, Node: node }, uuid))
}
