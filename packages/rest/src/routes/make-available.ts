/** "This node needs the volume now": whatever it takes, or nothing. What drivers call before use. */
import { isLive, resourceOf } from '@varve/events'
import { z } from 'zod'
import { flag, int, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, type Route } from '../route.ts'
import { resourcesAreThere } from '../wait/ready.ts'
import { definitionIn } from './find.ts'
import { sayCreated } from './resource-create.ts'

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
  const { node } = call.params
  const row = definitionIn(call, call.params.resource)
  if (!row) return
  const { name: definition, layers } = row
  const { diskful } = call.body
  const there = resourceOf(call.world.state, definition, node)
  const wasThere = there !== undefined && isLive(there)
  // Over NVMe a node without a disk is an initiator of the one that has it.
  const isInitiator = layers.includes('NVME') && !diskful && !wasThere
  const done = isInitiator
    ? await call.command('resource.create', { definition, node, kind: 'diskless' })
    : await call.command('resource.make-available', { definition, node, diskful })
  if (!done) return
  if (done.unchanged) {
    const message = `'${definition}' is on node '${node}' as asked for already.`
    call.say({ code: 'INFO_NOOP', message, refs: { RscDfn: definition, Node: node } })
    return
  }
  sayCreated(call, definition, node)
  await resourcesAreThere(call, definition, done, { node })
}
