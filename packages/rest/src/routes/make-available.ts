/** "This node needs the volume now": whatever it takes, or nothing. What drivers call before use. */
import { isLive, resourceOf } from '@varve/events'
import { z } from 'zod'
import { notSupported } from '../answer/say.ts'
import { areItsLayers } from '../body/layers.ts'
import { flag, int, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, type Route } from '../route.ts'
import { resourcesAreThere } from '../wait/ready.ts'
import { copySnapshots, snapshotFields, snapshotsMeant } from './copy-snapshots.ts'
import { definitionIn } from './find.ts'
import { sayCreated } from './resource-create.ts'

const Body = z.strictObject({
  diskful: flag.default(false),
  layer_list: z.array(text).optional(),
  drbd_tcp_ports: z.array(int).optional(),
  ...snapshotFields,
})

export const makeAvailableRoutes: readonly Route[] = [
  change(
    {
      method: 'POST',
      path: '/v1/resource-definitions/{resource}/resources/{node}/make-available',
      on: ['create', 'resource'],
      summary: 'Make a volume usable on a node',
      missing: 'drbd_tcp_ports, a layer_list other than that of the definition',
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
  const { diskful, drbd_tcp_ports, layer_list } = call.body
  if (drbd_tcp_ports?.length) {
    const instead = 'Create the resource with them: POST …/resources/{node}'
    call.say(notSupported('Choosing ports with make-available', instead))
    return
  }
  const snapshots = snapshotsMeant(call, definition, call.body)
  if (snapshots === undefined || !areItsLayers(call, row, layer_list)) return
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
  const isDiskful = resourceOf(call.world.state, definition, node)?.kind === 'diskful'
  if (isDiskful) await copySnapshots(call, definition, snapshots, [node])
}
