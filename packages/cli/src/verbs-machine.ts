/** Verbs about nodes, the links between them, and what they have of storage. */
import { create, list, properties, remove, show, type Verb } from './verb.ts'

export const nodeVerbs: readonly Verb[] = [
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
    verb: 'evict',
    summary: 'Empty a node that is away; it takes part again after node restore alone',
    kind: 'command',
    type: 'node.evict',
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
    verb: 'reconnect',
    aliases: ['rc'],
    summary: 'Wait until the satellite of a node is heard, and say what to do if it is not',
    kind: 'own',
    module: 'reconnect',
    positionals: ['node...'],
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
export const connectionVerbs: readonly Verb[] = [
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

export const poolVerbs: readonly Verb[] = [
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

export const physicalVerbs: readonly Verb[] = [
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
