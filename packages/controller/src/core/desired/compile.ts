/**
 * State → the document of one resource on one node, or of the node itself. The position is put in
 * by the publisher: it is the log sequence at which the contents last changed.
 */
import {
  type DesiredNode,
  type DesiredResource,
  type DesiredVolume,
  type FileSystem,
  isLive,
  keyOf,
  nameKey,
  nodeOf,
  type Resource,
  type ResourceDefinition,
  type State,
  twinsOf,
  type Volume,
  type VolumeDefinition,
} from '@varve/events'
import { type Common, commonOf } from './common.ts'
import { companionStorage, desiredCache } from './companions.ts'
import { desiredDrbd, metadataStart, volumeDiskOptions } from './drbd.ts'
import { desiredFiles } from './files.ts'
import { desiredNvme, isStillUsed, offeredKib } from './nvme.ts'
import { desiredRollback } from './rollback.ts'
import { type Member, type Part, type Scene, sceneOf } from './scene.ts'
import { desiredLuks, type SecretSealer } from './secrets.ts'
import { desiredSnapshots } from './snapshots.ts'
import { desiredStorage } from './storage.ts'

type Unplaced<T> = T extends unknown ? Omit<T, 'v' | 'term' | 'from'> : never
export type ResourceDocument = Unplaced<DesiredResource>
export type NodeDocument = Unplaced<DesiredNode>

/** The documents of a definition: of its resources by node name, then of nodes with copies alone. */
export function compileDefinition(
  state: State,
  name: string,
  sealer?: SecretSealer,
): readonly ResourceDocument[] {
  const scene = sceneOf(state, name)
  if (!scene) return compileDebts(state, name, [])
  const common = commonOf(scene)
  const documents = [
    ...scene.members.map((member) => compileMember(common, member, sealer)),
    ...copyNodes(scene).flatMap((node) => compileCopies(scene, node) ?? []),
  ]
  return [...documents, ...compileDebts(state, name, documents)]
}

/** What nodes still have to remove of one that had this name before, where nothing else is desired. */
function compileDebts(
  state: State,
  name: string,
  others: readonly ResourceDocument[],
): ResourceDocument[] {
  return state.debts.by('definition', nameKey(name)).flatMap((debt): ResourceDocument[] => {
    const { definition: resource, layers, volumes } = debt
    const node = nodeOf(state, debt.node)?.name
    if (node === undefined || others.some((other) => other.node === node)) return []
    return [{ node, resource, layers: [...layers], state: 'absent', volumes: [...volumes] }]
  })
}

/** It pays first: what it keeps of snapshots waits until nothing else of that name is there. */
const owes = (state: State, definition: string, node: string): boolean =>
  state.debts.has(keyOf(definition, node))

/** Undefined: nothing is desired, and nothing is left to take away. */
export function compileResource(
  state: State,
  definition: string,
  node: string,
  sealer?: SecretSealer,
): ResourceDocument | undefined {
  const scene = sceneOf(state, definition)
  const member = scene?.members.find(({ resource }) => nameKey(resource.node) === nameKey(node))
  if (member) return scene && compileMember(commonOf(scene), member, sealer)
  return scene && !owes(state, definition, node) ? compileCopies(scene, node) : undefined
}

/** Nodes without the resource that have, or receive, copies of its snapshots. */
function copyNodes({ state, definition, members }: Scene): string[] {
  const own = new Set(members.map(({ resource }) => nameKey(resource.node)))
  const nodes = new Set<string>()
  for (const row of state.snapshots.by('definition', nameKey(definition.name))) {
    for (const { node, copy } of row.nodes) {
      if (copy && !own.has(nameKey(node)) && !owes(state, definition.name, node)) nodes.add(node)
    }
  }
  return [...nodes].sort()
}

/** There is nothing else to be done on such a node. */
function compileCopies({ state, definition }: Scene, name: string): ResourceDocument | undefined {
  const snapshots = desiredSnapshots(state, definition.name, name)
  const node = nodeOf(state, name)?.name
  if (node === undefined || snapshots.length === 0) return undefined
  return {
    node,
    resource: definition.name,
    layers: ['STORAGE'],
    state: 'present',
    kind: 'diskful',
    volumes: [],
    removed: [],
    snapshots,
  }
}

/** The volume goes on through its peers while its storage goes. */
function withoutDisk({ volume, row }: Part): Part {
  return { volume: { ...volume, pool: undefined, companions: undefined }, row, pool: undefined }
}

/** Fields that are undefined are not there once the document is printed. */
function compileMember(
  common: Common,
  member: Member,
  sealer: SecretSealer | undefined,
): ResourceDocument {
  const { state, definition } = common
  const { resource } = member
  const layers = [...definition.layers]
  const head = { node: resource.node, resource: definition.name, layers }
  const [volumes, removed]: [DesiredVolume[], DesiredVolume[]] = [[], []]
  for (const part of member.parts) {
    if (!part.row) continue
    const isKept = isLive(part.row) || !isLive(resource)
    const isLeaving = part.volume.isLeaving === true && isLive(resource)
    const into = isKept && !isLeaving ? volumes : removed
    into.push(compileVolume(common, member, part, part.row, sealer))
    if (isKept && isLeaving) {
      volumes.push(compileVolume(common, member, withoutDisk(part), part.row, sealer))
    }
  }
  const nvme = desiredNvme(common, member)
  const isWaiting = !isLive(resource) && waitsForTwins(state, resource)
  if (!isLive(resource) && !isStillUsed(common, member) && !isWaiting) {
    return { ...head, state: 'absent', volumes, nvme }
  }
  const snapshots = desiredSnapshots(state, definition.name, resource.node)
  return {
    ...head,
    state: 'present',
    kind: resource.kind,
    volumes,
    removed,
    snapshots: snapshots.length === 0 ? undefined : snapshots,
    rollback: desiredRollback(definition),
    inactive: isWaiting ? 0 : (trashedSince(definition) ?? resource.inactive?.since),
    drbd: layers.includes('DRBD') ? desiredDrbd(common, member, sealer) : undefined,
    nvme,
  }
}

/** What is in the trash is closed on all nodes, and stays there. */
const trashedSince = ({ phase }: ResourceDefinition) =>
  phase.status === 'trashed' ? phase.since : undefined

/** It takes the storage along, so those go first that only close it. */
const waitsForTwins = (state: State, resource: Resource): boolean =>
  !resource.keepsStorage && twinsOf(state, resource).length > 0

export function compileNode(state: State, name: string): NodeDocument | undefined {
  const node = nodeOf(state, name)
  if (!node) return undefined
  const files = desiredFiles(state, name)
  return {
    node: node.name,
    pools: state.pools.by('node', nameKey(name)).map((pool) => ({
      pool: pool.name,
      provider: pool.provider,
      backing: pool.backing,
      props: pool.props,
      ...(pool.sharedSpace === undefined ? {} : { isShared: true as const }),
    })),
    ...devicePoolsOf(state, name),
    ...(files.length === 0 ? {} : { files }),
    props: node.props,
  }
}

/** Only those that the node has something to do for. */
function devicePoolsOf(state: State, node: string): Pick<NodeDocument, 'devicePools'> {
  const rows = state.devicePools
    .by('node', nameKey(node))
    .filter(({ phase }) => phase === 'creating' || phase === 'deleting')
  if (rows.length === 0) return {}
  return {
    devicePools: rows.map(({ backing, provider, devices, phase, arguments: words, origin }) => ({
      backing,
      provider,
      owner: origin.entry,
      state: phase === 'creating' ? 'present' : 'absent',
      devices: [...devices],
      ...(words === undefined ? {} : { arguments: words }),
    })),
  }
}

function compileVolume(
  common: Common,
  member: Member,
  part: Part,
  row: VolumeDefinition,
  sealer: SecretSealer | undefined,
): DesiredVolume {
  const { volume } = part
  const storage = desiredStorage(common, member, part)
  const drbd = compileVolumeDrbd(common, member, volume, row)
  const mustBeThere = storage !== undefined && drbd === undefined && volume.hasBeenInUse
  return {
    number: volume.number,
    sizeKib: isInitiator(common, member) ? offeredKib(common, row) : row.sizeKib,
    storage,
    mustBeThere: mustBeThere ? true : undefined,
    cache: storage && desiredCache(common, member, part),
    metadata: storage && companionStorage(common, member, part, 'drbd-metadata'),
    luks: storage && desiredLuks(common.state, volume, row, sealer),
    format: formatOn(row, member.resource),
    drbd,
  }
}

const isInitiator = ({ definition }: Scene, { resource }: Member): boolean =>
  resource.kind !== 'diskful' && definition.layers.includes('NVME')

function formatOn({ format }: VolumeDefinition, { node }: Resource): FileSystem | undefined {
  const isMaker = format && !format.done && nameKey(format.node) === nameKey(node)
  return isMaker ? format.fileSystem : undefined
}

function compileVolumeDrbd(
  common: Common,
  member: Member,
  volume: Volume,
  row: VolumeDefinition,
): DesiredVolume['drbd'] {
  if (row.minor === undefined || row.day0 === undefined) return undefined
  return {
    minor: row.minor,
    day0: row.day0,
    start: metadataStart(common, volume, row),
    resize: row.resizing?.resizer === volume.node,
    disk: volumeDiskOptions(common, member, volume, row),
  }
}
