/** What is done to a volume, each with how it begins and what there is when it is over. */
import type { PublicCommandType } from '@varve/events'
import type { Step } from '../steps.ts'
import { pool } from '../terrain.ts'

export type MatrixOperation = {
  readonly what: string
  /** On top of `web` with two replicas, a tie-breaker, and something written. */
  readonly before?: readonly Step[]
  readonly begin: readonly Step[]
  /**
   * Replicas with a disk that each definition may have in the end. Several: a fault in time turns it
   * back, by name.
   */
  readonly ends: Readonly<Record<string, readonly number[]>>
}

const command = (type: PublicCommandType, args: object): Step => ({ kind: 'command', type, args })
const pass = (ms: number): Step => ({ kind: 'pass', ms })
const web = { definition: 'web' }
const snapshot = { ...web, snapshot: 's1' }
const taken = [command('snapshot.create', snapshot), pass(5_000)]
/** Until a node without power counts as offline. */
const dead: readonly Step[] = [{ kind: 'crash', node: 'n2' }, pass(10_000)]

export const spawnOf = (definition: string): Step =>
  command('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition,
    sizesKib: [65_536],
    filter: { placeCount: 2, nodes: ['n1', 'n2'] },
  })

export const operations: readonly MatrixOperation[] = [
  { what: 'spawn', begin: [spawnOf('db')], ends: { web: [2], db: [2] } },
  {
    what: 'resize',
    begin: [command('volume-definition.resize', { ...web, number: 0, sizeKib: 131_072 })],
    ends: { web: [2] },
  },
  {
    what: 'snapshot create',
    begin: [command('snapshot.create', snapshot)],
    ends: { web: [2] },
  },
  {
    what: 'snapshot delete',
    before: taken,
    begin: [command('snapshot.delete', snapshot)],
    ends: { web: [2] },
  },
  {
    what: 'snapshot rollback',
    before: taken,
    begin: [command('snapshot.rollback', snapshot)],
    ends: { web: [2] },
  },
  {
    what: 'snapshot restore',
    before: taken,
    begin: [command('snapshot.restore', { ...snapshot, to: 'new' })],
    ends: { web: [2], new: [2] },
  },
  {
    what: 'clone',
    begin: [command('resource-definition.clone', { ...web, to: 'new' })],
    ends: { web: [2], new: [0, 2] },
  },
  {
    what: 'snapshot copy',
    before: taken,
    begin: [command('snapshot.copy', { ...snapshot, to: 'n4', pool })],
    ends: { web: [2] },
  },
  {
    what: 'delete everywhere',
    begin: [command('resource-definition.delete', web)],
    ends: {},
  },
  {
    what: 'delete everywhere, without a dead node',
    before: dead,
    begin: [command('resource-definition.delete', { ...web, waiveCleanup: ['n2'] })],
    ends: {},
  },
  {
    what: 'delete a replica',
    begin: [command('resource.delete', { ...web, node: 'n2' })],
    ends: { web: [1] },
  },
  {
    what: 'toggle-disk to diskful',
    begin: [command('resource.toggle-disk', { ...web, node: 'n3', to: 'diskful', pool })],
    ends: { web: [3] },
  },
  {
    what: 'toggle-disk to diskless',
    begin: [command('resource.toggle-disk', { ...web, node: 'n2', to: 'diskless' })],
    ends: { web: [1] },
  },
  {
    what: 'migrate-disk',
    begin: [command('resource.toggle-disk', { ...web, node: 'n4', pool, migrateFrom: 'n2' })],
    ends: { web: [2] },
  },
  {
    what: 'evacuate',
    begin: [command('node.evacuate', { node: 'n2' })],
    ends: { web: [2] },
  },
  {
    what: 'node restore',
    begin: [
      command('node.evacuate', { node: 'n2' }),
      pass(1_200),
      command('node.restore', { node: 'n2' }),
    ],
    ends: { web: [2, 3] },
  },
  {
    what: 'node lost',
    before: dead,
    begin: [command('node.lost', { node: 'n2' })],
    ends: { web: [2] },
  },
]
