/**
 * Every verb there is, as data: help and dispatch read this table, and only the module of the verb
 * that runs is loaded. LINSTOR's names and short names are kept.
 */

import { type CommandVerb, create, list, properties, remove, show, type Verb } from './verb.ts'
import { clusterVerbs, encryptionVerbs, policyVerbs } from './verbs-cluster.ts'
import { keptVerbs } from './verbs-kept.ts'

export const nounAliases: Readonly<Record<string, readonly string[]>> = {
  node: ['n'],
  'net-interface': ['ni', 'interface'],
  'storage-pool': ['sp'],
  'storage-pool-definition': ['spd'],
  'physical-storage': ['ps'],
  'resource-group': ['rg'],
  'volume-group': ['vg'],
  'resource-definition': ['rd'],
  'volume-definition': ['vd'],
  resource: ['r'],
  volume: ['v'],
  'node-connection': ['nc'],
  'resource-connection': ['rc'],
  snapshot: ['s'],
  controller: ['c'],
  operation: ['op'],
  encryption: ['e'],
  'key-value-store': ['kv'],
}

const nodeVerbs: readonly Verb[] = [
  create('node', ['node', 'address']),
  list('node', 'nodes'),
  show('node', 'node', ['node']),
  remove('node', ['node']),
  {
    noun: 'node',
    verb: 'evacuate',
    aliases: ['ev'],
    summary: 'Empty a node: each replica is replaced elsewhere first; --plan shows where',
    kind: 'command',
    type: 'node.evacuate',
    positionals: ['node'],
  },
  {
    noun: 'node',
    verb: 'restore',
    summary: 'Let a node take replicas again after an evacuation; what has not gone stays',
    kind: 'command',
    type: 'node.restore',
    positionals: ['node'],
  },
  {
    noun: 'node',
    verb: 'lost',
    aliases: ['lo'],
    summary: 'Forget a node that will never come back',
    kind: 'command',
    type: 'node.lost',
    positionals: ['node'],
  },
  ...properties('node', ['node']),
  create('net-interface', ['node', 'name', 'address']),
  list('net-interface', 'net-interfaces', ['node']),
  {
    noun: 'net-interface',
    verb: 'modify',
    aliases: ['m'],
    summary: 'Change the address or port of a net-interface',
    kind: 'command',
    type: 'net-interface.modify',
    positionals: ['node', 'name', 'address?'],
  },
  remove('net-interface', ['node', 'name']),
]

/** Between two nodes: for all resources, or for one. */
const connectionVerbs: readonly Verb[] = [
  ...connection('node-connection', [], ['node']),
  ...connection('resource-connection', ['definition'], ['definition']),
]

function connection(
  noun: 'node-connection' | 'resource-connection',
  of: string[],
  filters: string[],
): Verb[] {
  const between = [...of, 'nodeA', 'nodeB']
  return [
    list(noun, `${noun}s`, filters),
    ...properties(noun, between),
    {
      noun,
      verb: 'create-path',
      summary: 'Add a network path between the two nodes',
      kind: 'command',
      type: `${noun}.create-path`,
      positionals: [...between, 'path', 'interfaceA', 'interfaceB'],
    },
    {
      noun,
      verb: 'delete-path',
      summary: 'Take a network path away',
      kind: 'command',
      type: `${noun}.delete-path`,
      positionals: [...between, 'path'],
    },
  ]
}

const poolVerbs: readonly Verb[] = [
  create('storage-pool', ['provider', 'node', 'pool', 'backing?'], {
    summary: 'Add a storage-pool: lvm, lvm-thin, zfs, zfs-thin, file, file-thin or diskless',
  }),
  list('storage-pool', 'storage-pools', ['node', 'pool']),
  show('storage-pool', 'storage-pool', ['node', 'pool']),
  remove('storage-pool', ['node', 'pool']),
  ...properties('storage-pool', ['node', 'pool']),
  create('storage-pool-definition', ['pool']),
  list('storage-pool-definition', 'storage-pool-definitions'),
  remove('storage-pool-definition', ['pool']),
  ...properties('storage-pool-definition', ['pool']),
]

const physicalVerbs: readonly Verb[] = [
  {
    ...list('physical-storage', 'physical-storage', ['node']),
    summary: 'List the empty disks that a storage pool could be made of',
    flags: { all: 'also those that are in use, each with the reason' },
  },
  {
    noun: 'physical-storage',
    verb: 'create-device-pool',
    aliases: ['cdp'],
    summary: 'Make a volume group, thin pool or zpool of empty disks',
    kind: 'command',
    type: 'physical-storage.create-device-pool',
    positionals: ['provider', 'node', 'devices...'],
  },
  {
    ...list('physical-storage', 'device-pools', ['node']),
    verb: 'list-device-pools',
    aliases: ['ldp'],
    summary: 'List the volume groups, thin pools and zpools that were made so',
  },
  {
    noun: 'physical-storage',
    verb: 'delete-device-pool',
    aliases: ['ddp'],
    summary: 'Take such a one away, if it is empty; its disks are empty then',
    kind: 'command',
    type: 'physical-storage.delete-device-pool',
    positionals: ['node', 'poolName'],
  },
]

const groupVerbs: readonly Verb[] = [
  create('resource-group', ['group']),
  list('resource-group', 'resource-groups'),
  show('resource-group', 'resource-group', ['group']),
  {
    noun: 'resource-group',
    verb: 'spawn',
    aliases: ['spawn-resources'],
    summary: 'Define a resource with volumes of these sizes and place it',
    kind: 'command',
    type: 'resource-group.spawn',
    positionals: ['group', 'definition', 'sizesKib...'],
  },
  remove('resource-group', ['group']),
  ...properties('resource-group', ['group']),
  create('volume-group', ['group']),
  list('volume-group', 'volume-groups', ['group']),
  remove('volume-group', ['group', 'number']),
  ...properties('volume-group', ['group', 'number']),
]

const autoPlace = (noun: string): CommandVerb => ({
  noun,
  verb: 'auto-place',
  aliases: ['ap'],
  summary: 'Place replicas on the best nodes',
  kind: 'command',
  type: 'resource.auto-place',
  positionals: ['definition'],
})

const definitionVerbs: readonly Verb[] = [
  create('resource-definition', ['definition']),
  list('resource-definition', 'resource-definitions', ['group']),
  show('resource-definition', 'resource-definition', ['definition']),
  autoPlace('resource-definition'),
  {
    noun: 'resource-definition',
    verb: 'wait-sync',
    aliases: ['ws'],
    summary: 'Wait until all its resources are applied and UpToDate',
    kind: 'own',
    module: 'wait',
    positionals: ['definition'],
  },
  {
    noun: 'resource-definition',
    verb: 'clone',
    summary: 'Make a copy of a resource with all its volumes and replicas',
    kind: 'command',
    type: 'resource-definition.clone',
    positionals: ['definition', 'to'],
  },
  remove('resource-definition', ['definition']),
  ...properties('resource-definition', ['definition']),
  create('volume-definition', ['definition', 'sizeKib']),
  list('volume-definition', 'volume-definitions', ['definition']),
  show('volume-definition', 'volume-definition', ['definition', 'number']),
  {
    noun: 'volume-definition',
    verb: 'resize',
    aliases: ['size', 'set-size'],
    summary: 'Grow a volume, online; shrink one that is not in use and has no DRBD',
    kind: 'command',
    type: 'volume-definition.resize',
    positionals: ['definition', 'number', 'sizeKib'],
  },
  {
    noun: 'volume-definition',
    verb: 'modify-passphrase',
    aliases: ['mp'],
    summary: 'Give an encrypted volume another passphrase',
    kind: 'command',
    type: 'volume-definition.modify-passphrase',
    positionals: ['definition', 'number'],
  },
  remove('volume-definition', ['definition', 'number']),
  ...properties('volume-definition', ['definition', 'number']),
]

const resourceVerbs: readonly Verb[] = [
  create('resource', ['definition', 'node*'], { summary: 'Place a resource on these nodes' }),
  autoPlace('resource'),
  list('resource', 'resources', ['definition', 'node']),
  show('resource', 'resource', ['definition', 'node']),
  {
    noun: 'resource',
    verb: 'list-volumes',
    aliases: ['lv'],
    summary: 'List the volumes of resources with their devices',
    kind: 'list',
    query: 'volumes',
    filters: ['definition', 'node', 'pool'],
  },
  {
    noun: 'resource',
    verb: 'toggle-disk',
    aliases: ['td'],
    summary: 'Give a resource a disk, or take its disk away; its data stays with its peers',
    kind: 'command',
    type: 'resource.toggle-disk',
    positionals: ['definition', 'node'],
  },
  {
    noun: 'resource',
    verb: 'migrate-disk',
    aliases: ['md'],
    summary: 'Move a replica to a node from another one, which loses it once all data is there',
    kind: 'command',
    type: 'resource.toggle-disk',
    positionals: ['definition', 'node', 'migrateFrom'],
  },
  {
    noun: 'resource',
    verb: 'make-available',
    aliases: ['mkavail', 'ma'],
    summary: 'Do whatever it takes that a resource can be opened on a node',
    kind: 'command',
    type: 'resource.make-available',
    positionals: ['definition', 'node'],
  },
  remove('resource', ['definition', 'node*']),
  ...properties('resource', ['definition', 'node']),
  list('volume', 'volumes', ['definition', 'node', 'pool']),
  show('volume', 'volume', ['definition', 'node', 'number']),
  ...properties('volume', ['definition', 'node', 'number']),
]

const snapshotVerbs: readonly Verb[] = [
  create('snapshot', ['definition', 'snapshot'], {
    summary: 'Take a snapshot of all volumes at one moment, on all nodes',
  }),
  list('snapshot', 'snapshots', ['definition']),
  show('snapshot', 'snapshot', ['definition', 'snapshot']),
  {
    noun: 'snapshot',
    verb: 'restore',
    aliases: ['resource-restore'],
    summary: 'Define a new resource with the content of a snapshot',
    kind: 'command',
    type: 'snapshot.restore',
    positionals: ['definition', 'snapshot', 'to'],
  },
  {
    noun: 'snapshot',
    verb: 'restore-volume-definitions',
    aliases: ['volume-definition-restore', 'vdr'],
    summary: 'Give a definition that has none the volumes of a snapshot, still without content',
    kind: 'command',
    type: 'snapshot.restore-volume-definitions',
    positionals: ['definition', 'snapshot', 'to'],
  },
  {
    noun: 'snapshot',
    verb: 'restore-resources',
    aliases: ['rr'],
    summary: 'Then place it with the content of the snapshot, on the nodes that have it',
    kind: 'command',
    type: 'snapshot.restore-resources',
    positionals: ['definition', 'snapshot', 'to'],
  },
  {
    noun: 'snapshot',
    verb: 'rollback',
    aliases: ['rb'],
    summary: 'Give the volumes themselves the content of a snapshot; what came later is lost',
    kind: 'command',
    type: 'snapshot.rollback',
    positionals: ['definition', 'snapshot'],
  },
  {
    noun: 'snapshot',
    verb: 'copy',
    aliases: ['ship'],
    summary: 'Copy a snapshot to one more node, directly from one that has it',
    kind: 'command',
    type: 'snapshot.copy',
    positionals: ['definition', 'snapshot', 'to'],
  },
  {
    noun: 'snapshot',
    verb: 'abort-copy',
    summary: 'Give up a copy of a snapshot that is under way',
    kind: 'command',
    type: 'snapshot.abort-copy',
    positionals: ['definition', 'snapshot', 'to'],
  },
  remove('snapshot', ['definition', 'snapshot']),
  ...properties('snapshot', ['definition', 'snapshot']),
]

export const verbs: readonly Verb[] = [
  ...nodeVerbs,
  ...connectionVerbs,
  ...poolVerbs,
  ...physicalVerbs,
  ...groupVerbs,
  ...definitionVerbs,
  ...resourceVerbs,
  ...snapshotVerbs,
  ...clusterVerbs,
  ...encryptionVerbs,
  ...keptVerbs,
  ...policyVerbs,
]

/** The verb that two words mean, in long or short form. */
export function findVerb(noun: string, verb: string | undefined): Verb | undefined {
  const full = Object.entries(nounAliases).find(([, short]) => short.includes(noun))?.[0] ?? noun
  const own = verbs.filter((row) => row.noun === full)
  return (
    own.find((row) => row.verb === '') ??
    own.find((row) => row.verb === verb || (verb !== undefined && row.aliases?.includes(verb)))
  )
}
