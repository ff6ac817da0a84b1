/** Empty disks of the nodes, and pools made of them. */
import { DevicePoolProvider, devicePoolOf, nodeOf, type PoolArguments } from '@varve/events'
import { type PhysicalStorageRow, physicalStorageRows } from '@varve/projections'
import { z } from 'zod'
import { created, notSupported } from '../answer/say.ts'
import { flag, int, oneOf, props, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, json, type Route, read } from '../route.ts'
import { operationIsOver } from '../wait/operation.ts'

const path = '/v1/physical-storage'
const one = '/v1/physical-storage/{node}'

const toolArguments = z.array(text).optional()

const Body = z.strictObject({
  provider_kind: oneOf(DevicePoolProvider.options),
  device_paths: z.array(text),
  raid_level: text.optional(),
  pool_name: text.optional(),
  vdo_enable: flag.optional(),
  vdo_slab_size_kib: int.optional(),
  vdo_logical_size_kib: int.optional(),
  with_storage_pool: z
    .strictObject({
      name: text,
      props: props.optional(),
      shared_space: text.optional(),
      external_locking: flag.optional(),
    })
    .optional(),
  sed: flag.optional(),
  pv_create_arguments: toolArguments,
  vg_create_arguments: toolArguments,
  lv_create_arguments: toolArguments,
  zpool_create_arguments: toolArguments,
})
type Body = z.infer<typeof Body>

export const physicalStorageRoutes: readonly Route[] = [
  read(path, 'Empty disks of all nodes, those alike together', (call) => {
    const alike = new Map<string, PhysicalStorageRow[]>()
    for (const row of physicalStorageRows(call.world, {})) {
      const key = `${row.sizeKib}/${row.rotational}`
      alike.set(key, [...(alike.get(key) ?? []), row])
    }
    return json(call.asked.query.page([...alike.values()]).map(alikeView))
  }),
  read(one, 'Empty disks of a node', (call) => {
    const { node } = call.params
    if (!nodeOf(call.world.state, node)) {
      call.fail('FAIL_NOT_FOUND_NODE', `There is no node '${node}'.`, { Node: node })
      return undefined
    }
    const rows = physicalStorageRows(call.world, { node })
    return json(rows.map((row) => ({ ...sizeOf(row), ...deviceView(row) })))
  }),
  change(
    {
      method: 'POST',
      path: one,
      on: ['create', 'physical-device'],
      summary: 'Make a volume group, thin pool or zpool of empty disks',
      success: 201,
      missing: 'VDO, self-encrypting drives, shared spaces',
      body: Body,
    },
    createDevicePool,
  ),
]

async function createDevicePool(call: Call<{ readonly node: string }, Body>): Promise<void> {
  const { node } = call.params
  const { provider_kind: provider, device_paths: devices, pool_name } = call.body
  const { with_storage_pool: wanted } = call.body
  const unsupported = whatIsNotSupported(call.body)
  if (unsupported !== undefined) {
    call.say(notSupported(unsupported))
    return
  }
  const done = await call.command('physical-storage.create-device-pool', {
    provider,
    node,
    devices,
    ...(pool_name === undefined ? {} : { poolName: pool_name }),
    ...(wanted === undefined ? {} : { pool: wanted.name }),
    ...argumentsOf(call.body),
  })
  if (!done) return
  const backing = String(done.result?.poolName ?? pool_name ?? devices[0])
  const refs = { Node: node, PoolName: backing }
  const what = `Making '${backing}' on node '${node}'`
  if (!(await operationIsOver(call, done, { what, refs }))) return
  const row = devicePoolOf(call.world.state, node, backing)
  if (row?.phase === 'failed') {
    const message = `Node '${node}' could not make '${backing}': ${row.problem ?? ''}`
    call.fail('FAIL_STOR_POOL_CONFIGURATION_ERROR', message, refs)
    return
  }
  call.say(created('device pool', `${backing} on ${node}`, refs))
  if (!wanted) return
  if (wanted.props) {
    const args = { node, pool: wanted.name, setProps: wanted.props }
    if (!(await call.command('storage-pool.modify', args))) return
  }
  const pool = { Node: node, StorPool: wanted.name, StorPoolDfn: wanted.name }
  call.say(created('storage pool', wanted.name, pool))
}

/** What would be left out silently otherwise. */
function whatIsNotSupported(body: Body): string | undefined {
  const { raid_level, with_storage_pool: pool } = body
  if (body.vdo_enable) return 'VDO'
  if (body.sed) return 'Locking of self-encrypting drives'
  if (raid_level !== undefined && raid_level.toUpperCase() !== 'JBOD') return `RAID ${raid_level}`
  if (pool?.shared_space !== undefined || pool?.external_locking) return 'A shared space of disks'
  return undefined
}

/** Each word as it is, whatever is in it. */
function argumentsOf(body: Body): PoolArguments {
  const lists = {
    pvCreateArguments: body.pv_create_arguments,
    vgCreateArguments: body.vg_create_arguments,
    lvCreateArguments: body.lv_create_arguments,
    zpoolCreateArguments: body.zpool_create_arguments,
  }
  return Object.fromEntries(
    Object.entries(lists).flatMap(([name, words]) =>
      words?.length ? [[name, words.map(quoted).join(' ')]] : [],
    ),
  )
}

const quoted = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`

function alikeView(rows: readonly PhysicalStorageRow[]): object {
  const [first] = rows
  const nodes = Map.groupBy(rows, ({ node }) => node)
  return {
    ...(first ? sizeOf(first) : {}),
    nodes: Object.fromEntries([...nodes].map(([node, own]) => [node, own.map(deviceView)])),
  }
}

/** Bytes, where all else is KiB. */
const sizeOf = ({ sizeKib, rotational }: PhysicalStorageRow) => ({
  size: sizeKib * 1024,
  rotational,
})

const deviceView = ({ path: device, model, serial, wwn }: PhysicalStorageRow) => ({
  device,
  model,
  serial,
  wwn,
})
