/** What scenarios do to a cluster, whether its machines are simulated or real. */
import type {
  CommandReply,
  commands,
  Layer,
  ObservedResource,
  Provider,
  PublicCommandType,
} from '@varve/events'
import type { StoragePoolRow } from '@varve/projections'
import type { z } from 'zod'
import { until } from '../system/harness.ts'

export type Input<T extends PublicCommandType> = z.input<(typeof commands)[T]>

/** What a world is made of. */
export type Machines = {
  readonly nodes: readonly string[]
  readonly drbd: '8.4.11' | '9.2.18'
  /** Registered on each of them. What is registered is looked at, which is dear on real kernels. */
  readonly pools: readonly Pool[]
  /** What they have besides, where it can be had. */
  readonly extra?: Extra
}

export type Extra = 'zfs' | 'nvme'
type Pool = { readonly pool: string; readonly provider: Provider; readonly backing: string }

const thin: Pool = { pool: 'thin', provider: 'LVM_THIN', backing: 'vg0/thin' }
const thick: Pool = { pool: 'thick', provider: 'LVM', backing: 'vg0' }

/** LVM, and what is put upon it. */
export const onVolumes: Machines = {
  nodes: ['n1', 'n2'],
  drbd: '8.4.11',
  pools: [
    thin,
    thick,
    { pool: 'small', provider: 'LVM_THIN', backing: 'vg0/small' },
    { pool: 'brittle', provider: 'LVM', backing: 'brittle' },
  ],
  extra: 'nvme',
}
/** Image files, and ZFS. */
export const onFiles: Machines = {
  nodes: ['n1', 'n2'],
  drbd: '8.4.11',
  pools: [
    { pool: 'images', provider: 'FILE', backing: '/srv/images' },
    { pool: 'sparse', provider: 'FILE_THIN', backing: '/srv/sparse' },
  ],
  extra: 'zfs',
}
/** What needs DRBD 9: a third node, diskless or not. */
export const trio: Machines = { nodes: ['n1', 'n2', 'n3'], drbd: '9.2.18', pools: [thin] }

/**
 * Its nodes are registered and online. Each has the volume groups `vg0` with the thin pools `thin`
 * and `small`, of 16 MiB, and `brittle` on a disk that can be made to fail.
 */
export type ConformanceWorld = AsyncDisposable & {
  readonly command: <T extends PublicCommandType>(type: T, args: Input<T>) => Promise<CommandReply>
  readonly nodes: readonly string[]
  readonly pools: readonly Pool[]
  readonly query: (noun: string, args: object) => Promise<unknown>
  /** The node's last word on a resource. */
  readonly observed: (definition: string, node: string) => Promise<ObservedResource | undefined>
  readonly startSatellite: (node: string) => Promise<void>
  readonly powerOff: (node: string) => Promise<void>
  /** Boots the machine and starts its satellite. */
  readonly powerOn: (node: string) => Promise<void>
  /** Parts n2 from the others on the network of replication; all still reach the controller. */
  readonly cut: () => Promise<void>
  readonly heal: () => Promise<void>
  /** Every read and write of what lies in the group `brittle` fails from now on. */
  readonly failDisk: (node: string) => Promise<void>
  /** The thin pool `small` has no room left. */
  readonly fill: (node: string, what: 'data' | 'metadata') => Promise<void>
  /** The next call of the tool with this word does its work and then never ends by itself. */
  readonly hang: (node: string, tool: string, word: string) => Promise<void>
  readonly run: (node: string, argv: readonly string[]) => Promise<ToolResult>
  /** Names in a directory, sorted. */
  readonly list: (node: string, directory: string) => Promise<readonly string[]>
  /** Writes one block of 4 KiB through a device as an application would; throws what it cannot. */
  readonly write: (at: Place, text: string) => Promise<void>
  readonly read: (at: Place) => Promise<string>
}

export type ToolResult = { readonly exitCode: number; readonly stdout: string }
export type Place = { readonly node: string; readonly definition: string; readonly block: number }

/** Directories that are there, each with a file of somebody else. */
export const imageDirectories = ['/srv/images', '/srv/sparse'] as const

/** On `tank`, a zpool with the filesystem `varve`; registered where the machines have ZFS. */
export const zfsPools: readonly Pool[] = [
  { pool: 'zthick', provider: 'ZFS', backing: 'tank' },
  { pool: 'zthin', provider: 'ZFS_THIN', backing: 'tank/varve' },
]

/** A volume of somebody else in each of them. */
export const foreignVolumes = ['tank/somebody-else', 'tank/varve/somebody-else'] as const

/** DRBD notices a lost peer and asks again within a second or two; a resync takes no throttle. */
export const quickDrbd = {
  'DrbdOptions/Net/ping-int': '1',
  'DrbdOptions/Net/connect-int': '1',
  'DrbdOptions/Net/timeout': '10',
  'DrbdOptions/PeerDevice/c-plan-ahead': '0',
  'DrbdOptions/PeerDevice/resync-rate': '102400',
}

/** For what takes seconds on an idle machine, and minutes on one that is overrun. */
const patienceMs = 240_000

/** As `command`; throws the refusal's sentence. */
export async function must<T extends PublicCommandType>(
  world: ConformanceWorld,
  type: T,
  args: Input<T>,
): Promise<void> {
  const reply = await world.command(type, args)
  if (!reply.ok) throw new Error(`${type}: ${reply.refusal.message}`)
}

/** What users open, as the node's satellite saw it last. */
export async function deviceOf(
  world: ConformanceWorld,
  definition: string,
  node: string,
): Promise<string> {
  const found = (await world.observed(definition, node))?.volumes[0]?.device
  if (found === undefined) throw new Error(`${definition} has no device on ${node}`)
  return found
}

/** Waits until everything that was asked for is there, or is gone. */
export async function settled(world: ConformanceWorld, definition: string): Promise<void> {
  let last: unknown
  await until(
    `${definition} is settled`,
    async () => {
      const answer = (await world.query('settled', { definition })) as { isSettled: boolean }
      last = answer
      return answer.isSettled || undefined
    },
    patienceMs,
  ).catch((cause: unknown) => {
    throw new Error(`${definition} does not settle: ${JSON.stringify(last)}`, { cause })
  })
}

/** Waits until a node's word on a resource is as wanted. */
export async function untilSeen(
  world: ConformanceWorld,
  where: { readonly node: string; readonly definition: string },
  check: (seen: ObservedResource) => boolean,
): Promise<void> {
  const { node, definition } = where
  let last: unknown
  await until(
    `${node} reports what is wanted of ${definition}`,
    async () => {
      const seen = await world.observed(definition, node)
      last = seen
      return (seen && check(seen)) || undefined
    },
    patienceMs,
  ).catch((cause: unknown) => {
    throw new Error(`not seen: ${JSON.stringify(last)}`, { cause })
  })
}

/** Waits until a storage pool says what is wrong with it. */
export async function untilPool(
  world: ConformanceWorld,
  where: { readonly node: string; readonly pool: string },
  problem: string,
): Promise<void> {
  await until(
    `${where.pool} on ${where.node} is ${problem}`,
    async () => {
      const row = (await world.query('storage-pool', where)) as StoragePoolRow
      return row.observed?.problem?.kind === problem || undefined
    },
    patienceMs,
  )
}

export type PairOptions = {
  readonly pool: string
  readonly sizeKib: number
  /** Given, so that scenarios that are played at the same time have the same devices each time. */
  readonly minor?: number
  readonly layers?: Layer[]
  readonly props?: Readonly<Record<string, string>>
}

/** A definition with one volume and a replica in `pool` on n1 and n2. */
export async function makePair(
  world: ConformanceWorld,
  definition: string,
  { pool, ...options }: PairOptions,
): Promise<void> {
  const replicas = ['n1', 'n2'].map((node) => ({ node, pool }))
  await makeReplicas(world, definition, options, replicas)
}

/** A definition with one volume, and these resources of it. */
export async function makeReplicas(
  world: ConformanceWorld,
  definition: string,
  options: Omit<PairOptions, 'pool'>,
  replicas: readonly Omit<Input<'resource.create'>, 'definition'>[],
): Promise<void> {
  const { sizeKib, minor, layers, props } = options
  await must(world, 'resource-definition.create', {
    definition,
    ...(layers === undefined ? {} : { layers }),
    ...(props === undefined ? {} : { props }),
  })
  await must(world, 'volume-definition.create', {
    definition,
    sizeKib,
    ...(minor === undefined ? {} : { minor }),
  })
  for (const each of replicas) await must(world, 'resource.create', { definition, ...each })
}

export async function remove(world: ConformanceWorld, definition: string): Promise<void> {
  await must(world, 'resource-definition.delete', { definition })
  await gone(world, definition)
}

/** Waits until the definition is deleted; its volumes must be gone then, what is foreign not. */
export async function gone(world: ConformanceWorld, definition: string): Promise<void> {
  await settled(world, definition)
  for (const node of world.nodes) {
    if (hasPool(world, 'thin')) {
      const { stdout } = await world.run(node, ['lvs', '--noheadings', '-o', 'lv_name'])
      if (stdout.includes(definition))
        throw new Error(`${definition} is left on ${node}: ${stdout}`)
    }
    for (const directory of hasPool(world, 'images') ? imageDirectories : []) {
      const names = await world.list(node, directory)
      const isGone = !names.some((name) => name.startsWith(definition))
      if (isGone && names.includes('somebody-else.img')) continue
      throw new Error(`${directory} on ${node} has ${names.join(', ')}`)
    }
    if (hasPool(world, 'zthin')) await goneFromZfs(world, node, definition)
  }
}

function hasPool(world: ConformanceWorld, wanted: string): boolean {
  return world.pools.some(({ pool }) => pool === wanted)
}

/** A node that has lost its power has no pool until somebody imports it again. */
async function goneFromZfs(world: ConformanceWorld, node: string, name: string): Promise<void> {
  const { exitCode, stdout } = await world.run(node, [
    'zfs',
    'list',
    '-H',
    '-r',
    '-o',
    'name',
    'tank',
  ])
  if (exitCode !== 0) return
  const isGone = !stdout.includes(`/${name}_`)
  if (isGone && foreignVolumes.every((each) => stdout.includes(each))) return
  throw new Error(`tank on ${node} has ${stdout}`)
}

/** `drbdadm primary`, tried until DRBD lets it: it notices a dead peer after a while. */
export async function promote(world: ConformanceWorld, node: string, name: string): Promise<void> {
  await until(
    `${name} is Primary on ${node}`,
    async () => (await world.run(node, ['drbdadm', 'primary', name])).exitCode === 0 || undefined,
    patienceMs,
  )
}

/** `drbdadm secondary`, tried until nobody has it open: whoever only looks closes it again. */
export async function demote(world: ConformanceWorld, node: string, name: string): Promise<void> {
  await until(
    `${name} is Secondary on ${node}`,
    async () => (await world.run(node, ['drbdadm', 'secondary', name])).exitCode === 0 || undefined,
    patienceMs,
  )
  await untilSeen(world, { node, definition: name }, ({ role }) => role === 'Secondary')
}
