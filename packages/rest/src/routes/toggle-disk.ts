/** Disks that come, go and move: toggle-disk and migrate-disk, in the spellings of all clients. */
import type { Args } from '@varve/events'
import { z } from 'zod'
import { modified } from '../answer/say.ts'
import { areItsLayers } from '../body/layers.ts'
import { text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, type Route } from '../route.ts'
import { resourcesAreThere } from '../wait/ready.ts'
import { definitionIn } from './find.ts'

const base = '/v1/resource-definitions/{resource}/resources/{node}'
const stack = { layer_list: z.array(text).optional() }
const missing = 'a layer_list other than that of the definition'

const Body = z.strictObject({
  operation: text.optional(),
  storage_pool: text.optional(),
  migrate_from: text.optional(),
  ...stack,
})

const kinds = {
  INTO_DRBD_DISKFUL: 'diskful',
  INTO_DRBD_CLIENT: 'client',
  INTO_DRBD_DISKLESS: 'diskless',
} as const

export const toggleDiskRoutes: readonly Route[] = [
  change({ ...about(`${base}/toggle-disk`), body: Body }, async (call) => {
    const { operation, storage_pool: pool, migrate_from: migrateFrom } = call.body
    const word = operation?.toUpperCase()
    const to = Object.entries(kinds).find(([name]) => name === word)?.[1]
    if (word !== undefined && to === undefined) {
      const message = `The operation ${operation} is none of ${Object.keys(kinds).join(', ')}.`
      call.fail('FAIL_INVLD_REQUEST', message)
      return
    }
    await toggle(call, {
      ...(to === undefined ? {} : { to }),
      ...(pool === undefined ? {} : { pool }),
      ...(migrateFrom === undefined ? {} : { migrateFrom }),
    })
  }),
  // One storage pool without disks is like another, so a name of one is of no account.
  ...[`${base}/toggle-disk/diskless`, `${base}/toggle-disk/diskless/{disklesspool}`].map((path) =>
    change({ ...about(path), body: z.strictObject(stack) }, (call) =>
      toggle(onNode(call), { to: 'diskless' }),
    ),
  ),
  change({ ...about(`${base}/toggle-disk/diskful`), body: z.strictObject(stack) }, (call) =>
    toggle(call, { to: 'diskful' }),
  ),
  change(
    { ...about(`${base}/toggle-disk/diskful/{storagepool}`), body: z.strictObject(stack) },
    (call) => toggle(call, { to: 'diskful', pool: call.params.storagepool }),
  ),
  change({ ...about(`${base}/migrate-disk/{fromnode}`), body: z.strictObject(stack) }, (call) =>
    toggle(call, { to: 'diskful', migrateFrom: call.params.fromnode }),
  ),
  change(
    { ...about(`${base}/migrate-disk/{fromnode}/{storagepool}`), body: z.strictObject(stack) },
    (call) => {
      const { fromnode: migrateFrom, storagepool: pool } = call.params
      return toggle(call, { to: 'diskful', migrateFrom, pool })
    },
  ),
]

type Stack = { readonly layer_list?: readonly string[] | undefined }
type OnNode = { readonly resource: string; readonly node: string }

function about<const P extends string>(path: P) {
  const summary = 'Give a resource a disk, take it away, or move it'
  return { method: 'PUT', path, on: ['modify', 'resource'], summary, missing } as const
}

/** Both paths of the list above name a resource and a node. */
function onNode(call: Call<unknown, Stack>): Call<OnNode, Stack> {
  return call as Call<OnNode, Stack>
}

async function toggle(
  call: Call<OnNode, Stack>,
  how: Pick<Args<'resource.toggle-disk'>, 'to' | 'pool' | 'migrateFrom'>,
): Promise<void> {
  const { resource: definition, node } = call.params
  const row = definitionIn(call, definition)
  if (!row || !areItsLayers(call, row, call.body.layer_list)) return
  const done = await call.command('resource.toggle-disk', { definition, node, ...how })
  if (!done) return
  call.say(modified('resource', `${definition} on ${node}`, { RscDfn: definition, Node: node }))
  // The first sync, and the removal of what it moves from, go on after the answer.
  await resourcesAreThere(call, definition, done, { node })
}
