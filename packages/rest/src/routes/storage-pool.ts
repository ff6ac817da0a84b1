/** Storage pools, on one node and in the view of all. */
import { nameKey, nodeOf, Provider, poolOf, type State, type StoragePool } from '@varve/events'
import { poolSettled } from '@varve/projections'
import { z } from 'zod'
import { created, deleted, nothingToDelete, notSupported } from '../answer/say.ts'
import { flag, ignored, propertyChanges, props, text } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import type { Call } from '../call.ts'
import type { Query } from '../query.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { backingKey, poolProps, storagePoolView } from '../views/storage-pool.ts'
import { uuidOf } from '../views/uuid.ts'
import { notYet } from '../wait/operation.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { waitUntil } from '../wait/until.ts'

const noun = 'storage pool'

const PoolBody = z.strictObject({
  storage_pool_name: text,
  provider_kind: text,
  props: props.optional(),
  shared_space: text.optional(),
  external_locking: flag.optional(),
  /** What answers have; of no account here. */
  node_name: ignored,
  static_traits: ignored,
  free_capacity: ignored,
  total_capacity: ignored,
  free_space_mgr_name: text.optional(),
  uuid: ignored,
  reports: ignored,
  supports_snapshots: ignored,
})

const path = '/v1/nodes/{node}/storage-pools'
const one = '/v1/nodes/{node}/storage-pools/{storagepool}'

export const storagePoolRoutes: readonly Route[] = [
  read(
    '/v1/view/storage-pools',
    'Storage pools of all nodes',
    (call) => {
      const { query } = call.asked
      const rows = poolsOf(call.world.state, query, query.names('nodes'))
      return json(query.page(rows).map((row) => storagePoolView(call.world, row)))
    },
    { cached: true },
  ),
  read(path, 'Storage pools of a node', (call) => {
    const { query } = call.asked
    if (!nodeOf(call.world.state, call.params.node)) return noNode(call, call.params.node)
    const rows = poolsOf(call.world.state, query, new Set([nameKey(call.params.node)]))
    return json(query.page(rows).map((row) => storagePoolView(call.world, row)))
  }),
  read(one, 'One storage pool', (call) => {
    const { node, storagepool: pool } = call.params
    const row = poolOf(call.world.state, node, pool)
    if (row) return json(storagePoolView(call.world, row))
    if (!nodeOf(call.world.state, node)) return noNode(call, node)
    const message = `Node '${node}' has no storage pool '${pool}'.`
    call.fail('FAIL_NOT_FOUND_STOR_POOL', message, { Node: node, StorPool: pool })
    return undefined
  }),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'storage-pool'],
      summary: 'Add a storage pool to a node',
      success: 201,
      body: PoolBody,
    },
    createPool,
  ),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'storage-pool'],
      summary: 'Change a storage pool’s properties',
      body: z.strictObject(propertyChanges),
    },
    async (call) => {
      const { node, storagepool: pool } = call.params
      const args = { node, pool, ...propertyArgs(call.body) }
      const done = await call.command('storage-pool.modify', args)
      const refs = { Node: node, StorPool: pool }
      if (done) await sayChanged(call, done, { noun, name: pool, refs, given: call.body })
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'storage-pool'],
      summary: 'Remove a storage pool',
      body: noBody,
    },
    async (call) => {
      const { node, storagepool: pool } = call.params
      const refs = { Node: node, StorPool: pool, StorPoolDfn: pool }
      if (!poolOf(call.world.state, node, pool)) call.say(nothingToDelete(noun, pool, refs))
      else if (await call.command('storage-pool.delete', { node, pool })) {
        call.say(deleted(noun, pool, refs))
      }
    },
  ),
]

async function createPool(
  call: Call<{ readonly node: string }, z.infer<typeof PoolBody>>,
): Promise<void> {
  const { node } = call.params
  const { storage_pool_name: pool, shared_space, external_locking, props: given = {} } = call.body
  const provider = Provider.safeParse(call.body.provider_kind.toUpperCase())
  if (!provider.success) {
    const entry = notSupported(`Provider ${call.body.provider_kind}`)
    call.say({ ...entry, code: 'FAIL_INVLD_PROVIDER' })
    return
  }
  const { backing, others } = backingOf(given)
  const sharedSpace = shared_space ?? call.body.free_space_mgr_name
  const done = await call.command('storage-pool.create', {
    node,
    pool,
    provider: provider.data,
    backing,
    props: others,
    // LINSTOR's own names of what is not shared have a semicolon.
    ...(sharedSpace === undefined || sharedSpace.includes(';') ? {} : { sharedSpace }),
    ...(external_locking ? { externalLocking: true } : {}),
  })
  if (!done) return
  const row = poolOf(call.world.state, node, pool)
  const uuid = row && uuidOf(row.origin, 'storage-pool', node, pool)
  const refs = { Node: node, StorPool: pool, StorPoolDfn: pool }
  call.say(created(noun, pool, refs, uuid))
  const standing = await waitUntil(call, {}, (world) => {
    const { isSettled, isBlocked, waiting } = poolSettled(world, node, pool)
    return isSettled ? { done: true } : { done: false, isHopeless: isBlocked, waiting }
  })
  if (!standing.done)
    call.say({ ...notYet(`Storage pool '${pool}'`, standing, refs), code: 'WARN_STORAGE_ERROR' })
}

/** The backing is a property to LINSTOR, under one name or, by older clients, under several. */
function backingOf(given: Readonly<Record<string, string>>) {
  const {
    [backingKey]: backing,
    'StorDriver/LvmVg': group,
    'StorDriver/ThinPool': thin,
    'StorDriver/ZPool': zpool,
    'StorDriver/ZPoolThin': zpoolThin,
    'StorDriver/FileDir': directory,
    ...others
  } = given
  const inGroup = group !== undefined && thin !== undefined ? `${group}/${thin}` : group
  return { backing: backing ?? inGroup ?? zpool ?? zpoolThin ?? directory ?? '', others }
}

/** Through the index of the filter that is given; in the order of node and pool. */
function poolsOf(
  state: State,
  query: Query,
  nodes: ReadonlySet<string> | undefined,
): StoragePool[] {
  const pools = query.names('storage_pools')
  const rows = nodes
    ? [...nodes].sort().flatMap((node) => state.pools.by('node', node))
    : state.pools.keys().flatMap((key) => state.pools.get(key) ?? [])
  return rows.filter(
    (row) => (pools?.has(nameKey(row.name)) ?? true) && query.matchesProps(poolProps(row)),
  )
}

function noNode(call: Call, node: string): undefined {
  call.fail('FAIL_NOT_FOUND_NODE', `There is no node '${node}'.`, { Node: node })
}
