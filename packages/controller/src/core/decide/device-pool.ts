/** Device pools: volume groups, thin pools and zpools that a node makes of its empty disks. */
import {
  type Args,
  type DevicePool,
  type DevicePoolProvider,
  devicePoolOf,
  isRefusal,
  type Node,
  nameKey,
  type ObservedDevice,
  type PhysicalDevice,
  PoolArguments,
  poolOf,
  poolTools,
  type Refusal,
  readCreationOptions,
  refer,
  refuse,
  type State,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { resolveDevices } from './device.ts'
import { refuseBacking } from './pool.ts'
import { refuseIfDeleting, refuseIfTaken, requireNode } from './require.ts'

type Create = Args<'physical-storage.create-device-pool'>

export function createDevicePool(draft: Draft, args: Create): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  const words = argumentsOf(args)
  if (isRefusal(words)) return words
  const refused = refuseIfDeleting('node', node.name, node) ?? refuseUnable(node, args.provider)
  if (refused) return refused
  const found = resolveDevices(draft, node, args.devices)
  if (isRefusal(found)) return found
  const backing = backingOf(args, found)
  const taken =
    refuseBacking(args.provider, backing) ??
    refuseTaken(draft.state, node.name, backing) ??
    refuseStoragePool(draft.state, node.name, args.pool) ??
    refuseClaimed(draft.state, node.name, found)
  if (taken) return taken
  const target = refer('device-pool', node.name, backing)
  const operation = draft.startOperation('create-device-pool', target)
  draft.reply = { operation, backing }
  draft.record({
    type: 'device-pool.creation-started',
    node: node.name,
    backing,
    provider: args.provider,
    devices: found.map(identityOf),
    operation,
    ...(args.pool === undefined ? {} : { storagePool: args.pool }),
    ...(words === undefined ? {} : { arguments: words }),
  })
  return undefined
}

/** What is given, if all of it is for a tool that makes such a pool, and is passed on to it. */
function argumentsOf(args: Create): PoolArguments | undefined | Refusal {
  const found: PoolArguments = {}
  for (const name of poolArguments) {
    const text = args[name]
    if (text === undefined || text.trim() === '') continue
    const { tool, providers } = poolTools[name]
    if (!providers.some((each) => each === args.provider)) {
      const problem = `${tool} makes no device pool for ${args.provider}`
      return refuse('invalid-arguments', { subject: name, problem })
    }
    const read = readCreationOptions(tool, text)
    if (!read.ok) return refuse('invalid-arguments', { subject: name, problem: read.problem })
    found[name] = text
  }
  return Object.keys(found).length === 0 ? undefined : found
}

const poolArguments = PoolArguments.keyof().options

/** Only what Varve has made, and only when no storage pool of ours lies on it. */
export function deleteDevicePool(
  draft: Draft,
  args: Args<'physical-storage.delete-device-pool'>,
): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  const row =
    devicePoolOf(draft.state, node.name, args.poolName) ??
    devicePoolOf(draft.state, node.name, thinBacking(args.poolName))
  const subject = `${args.poolName} on node ${node.name}`
  if (!row) {
    const remedy =
      'Only what Varve has made can be deleted: varve physical-storage list-device-pools'
    return refuse('not-found', { noun: 'device pool', subject }, remedy)
  }
  const { backing, operation } = row
  if (row.phase === 'deleting' && operation !== undefined) {
    draft.reply = { operation, backing }
    return undefined
  }
  if (operation !== undefined) return refuse('operation-runs', { operation, subject })
  const user = storagePoolOn(draft.state, row)
  if (user !== undefined) {
    const problem = `storage pool ${user} lies on it`
    const remedy = `Delete it first: varve storage-pool delete ${node.name} ${user}`
    return refuse('in-use', { noun: 'Device pool', subject, problem }, remedy)
  }
  const target = refer('device-pool', node.name, backing)
  const started = draft.startOperation('delete-device-pool', target)
  draft.reply = { operation: started, backing }
  const { node: on } = row
  draft.record({ type: 'device-pool.deletion-started', node: on, backing, operation: started })
  return undefined
}

/** Refusal while the node works on one: nobody would hear what comes of it. */
export function refuseIfDevicePoolRuns(draft: Draft, node: string): Refusal | undefined {
  const running = draft.state.devicePools
    .by('node', nameKey(node))
    .find((row) => row.operation !== undefined)
  if (running?.operation === undefined) return undefined
  const subject = `device pool ${running.backing} of node ${node}`
  return refuse('operation-runs', { operation: running.operation, subject })
}

/** LINSTOR's names (reference, Physical storage): `linstor_sdb`, `linstor_data/data`. */
function backingOf({ provider, poolName }: Create, devices: readonly ObservedDevice[]): string {
  const first = devices[0]?.path.split('/').at(-1) ?? ''
  const name = poolName ?? `linstor_${first}`
  return provider === 'LVM_THIN' && !name.includes('/') ? thinBacking(name) : name
}

const thinBacking = (name: string) => `linstor_${name}/${name}`

function refuseUnable(node: Node, provider: DevicePoolProvider): Refusal | undefined {
  const subject = node.name
  if (node.link.status !== 'online') {
    const problem = 'what is on its disks cannot be known now.'
    return refuse('node-offline', { subject, problem }, `Start the satellite on ${subject}.`)
  }
  const ability = node.capabilities?.providers[provider]
  if (ability?.able) return undefined
  const problem = ability?.reason ?? 'its satellite does not know this provider'
  return refuse('not-capable', { subject, required: provider, problem })
}

/** The volume group or zpool that the backing lies in: two pools in one are one too many. */
const rootOf = (backing: string) => backing.split('/')[0] ?? backing

function refuseTaken(state: State, node: string, backing: string): Refusal | undefined {
  const isSame = (row: { backing: string }) => rootOf(row.backing) === rootOf(backing)
  const other = state.devicePools.by('node', nameKey(node)).find(isSame)
  if (other) {
    const subject = `${other.backing} on node ${node}`
    const remedy = `Delete it first: varve physical-storage delete-device-pool ${node} ${other.backing}`
    const failed = other.problem === undefined ? '' : ` (it failed: ${other.problem})`
    return refuse('exists', { noun: 'device pool', subject: `${subject}${failed}` }, remedy)
  }
  const pool = state.pools.by('node', nameKey(node)).find(isSame)
  if (!pool || backing === '') return undefined
  const problem = `storage pool ${pool.name} uses it on node ${node}`
  return refuse('in-use', { noun: 'Backing', subject: backing, problem })
}

function refuseStoragePool(
  state: State,
  node: string,
  pool: string | undefined,
): Refusal | undefined {
  if (pool === undefined) return undefined
  const subject = `${pool} on node ${node}`
  const promised = state.devicePools
    .by('node', nameKey(node))
    .find((row) => row.phase === 'creating' && nameKey(row.storagePool ?? '') === nameKey(pool))
  return refuseIfTaken('storage pool', subject, poolOf(state, node, pool) ?? promised)
}

/** Its node may not have said yet that it is in use. */
function refuseClaimed(
  state: State,
  node: string,
  devices: readonly ObservedDevice[],
): Refusal | undefined {
  const busy = state.devicePools.by('node', nameKey(node)).filter((row) => row.phase !== 'failed')
  for (const { path } of devices) {
    const holder = busy.find((row) => row.devices.some((device) => device.path === path))
    if (!holder) continue
    const problem = `device pool ${holder.backing} is made of it`
    return refuse('device-in-use', { subject: path, node, problem })
  }
  return undefined
}

function identityOf({ path, sizeKib, serial, wwn }: ObservedDevice): PhysicalDevice {
  return {
    path,
    sizeKib,
    ...(serial === undefined ? {} : { serial }),
    ...(wwn === undefined ? {} : { wwn }),
  }
}

/** Name of a storage pool that lies on the device pool, or in it. */
function storagePoolOn(state: State, { node, backing }: DevicePool): string | undefined {
  return state.pools
    .by('node', nameKey(node))
    .find((pool) => pool.backing !== '' && rootOf(pool.backing) === rootOf(backing))?.name
}
