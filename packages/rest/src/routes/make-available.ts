/** "This node needs the volume now": whatever it takes, or nothing. What drivers call before use. */
import { isLive, resourceOf, resourcesOf } from '@varve/events'
import { z } from 'zod'
import { flag, int, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, type Route } from '../route.ts'
import { resourcesAreThere } from '../wait/ready.ts'
import { definitionIn } from './find.ts'
import { placedNodes, sayCreated } from './resource-create.ts'

const Body = z.strictObject({
  diskful: flag.default(false),
  layer_list: z.array(text).optional(),
  drbd_tcp_ports: z.array(int).optional(),
  snap_names: z.array(text).optional(),
  copy_all_snaps: flag.optional(),
})

export const makeAvailableRoutes: readonly Route[] = [
  change(
    {
      method: 'POST',
      path: '/v1/resource-definitions/{resource}/resources/{node}/make-available',
      on: ['create', 'resource'],
      summary: 'Make a volume usable on a node',
      missing: 'layer_list, drbd_tcp_ports, snap_names and copy_all_snaps',
      body: Body,
    },
    makeAvailable,
  ),
]

async function makeAvailable(
  call: Call<{ readonly resource: string; readonly node: string }, z.infer<typeof Body>>,
): Promise<void> {
  const { resource, node } = call.params
  const definition = definitionIn(call, resource)
  if (!definition) return
  const { state } = call.world
  const there = resourceOf(state, definition.name, node)
  const wantsDisk = call.body.diskful
  if (there && isLive(there)) {
    const isEnough = there.kind === 'diskful' || (!wantsDisk && there.kind !== 'tie-breaker')
    if (isEnough) {
      const message = `'${definition.name}' is on node '${node}' as asked for already.`
      call.say({ code: 'INFO_NOOP', message, refs: { RscDfn: definition.name, Node: node } })
      return
    }
  }
  const isReachable = definition.layers.includes('DRBD') || definition.layers.includes('NVME')
  const isFirst = resourcesOf(state, definition.name).length === 0
  // Without one of these layers there is nobody to read from over the network.
  if (wantsDisk || !isReachable || isFirst) await placeWithDisk(call, definition.name, node)
  else {
    const args = { definition: definition.name, node, kind: 'diskless' as const }
    const done = await call.command('resource.create', args)
    if (!done) return
    sayCreated(call, definition.name, node)
    await resourcesAreThere(call, definition.name, done)
  }
}

/** By the autoplacer, for the rules of the group; on this node and no other. */
async function placeWithDisk(call: Call, definition: string, node: string): Promise<void> {
  const done = await call.command('resource.auto-place', {
    definition,
    filter: { additionalPlaceCount: 1, nodes: [node] },
  })
  if (!done) return
  for (const each of placedNodes(done.result)) sayCreated(call, definition, each)
  await resourcesAreThere(call, definition, done)
}
