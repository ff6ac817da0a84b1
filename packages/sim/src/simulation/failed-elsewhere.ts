/** As `failed.ts`, on other machines than the usual ones. */
import type { Layer } from '@varve/events'
import { of, spawn } from './failed.ts'
import type { Step } from './steps.ts'
import { plain, type Terrain } from './terrain.ts'

const encrypted: Layer[] = ['DRBD', 'LUKS', 'STORAGE']

export const failedElsewhere: Readonly<
  Record<string, { readonly terrain: Terrain; readonly steps: readonly Step[] }>
> = {
  'an evacuation gave a third replica to DRBD 8.4, which joins two, and then none of them worked': {
    terrain: { ...plain, drbd: '8.4.11' },
    steps: [
      spawn('db', 2),
      { kind: 'pass', ms: 5_000 },
      of('node.evacuate', { node: 'n2' }),
      { kind: 'pass', ms: 5_000 },
    ],
  },
  'without the replica that the data was to begin on all others stayed Inconsistent for ever': {
    terrain: { ...plain, layers: encrypted },
    steps: [
      { kind: 'kill-satellite', node: 'n1' },
      of('resource-group.spawn', {
        group: 'DfltRscGrp',
        definition: 'db',
        sizesKib: [65_536],
        filter: { placeCount: 3, layers: encrypted },
      }),
      of('resource.delete', { definition: 'db', node: 'n1' }),
    ],
  },
  'an evacuation took the replica away that the data was to begin on': {
    terrain: { ...plain, provider: 'FILE' },
    steps: [
      spawn('web', 2),
      { kind: 'crash', node: 'n3' },
      spawn('db', 2),
      of('node.evacuate', { node: 'n3' }),
      of('resource.make-available', { definition: 'db', node: 'n2', diskful: true }),
    ],
  },
  'what was written to a replica that waited for its deletion was on no other one': {
    terrain: plain,
    steps: [
      spawn('web', 2),
      { kind: 'pass', ms: 5_000 },
      { kind: 'kill-satellite', node: 'n1' },
      of('resource.delete', { definition: 'web', node: 'n1' }),
      { kind: 'open', node: 'n1', definition: 'web' },
      { kind: 'write', node: 'n1', definition: 'web' },
      { kind: 'close', node: 'n1', definition: 'web' },
      { kind: 'start-satellite', node: 'n1' },
    ],
  },
  "a move whose target was deleted while its source was going counted as nobody's": {
    terrain: plain,
    steps: [
      of('resource-group.spawn', {
        group: 'DfltRscGrp',
        definition: 'db',
        sizesKib: [65_536],
        filter: { placeCount: 2, nodes: ['n3', 'n4'] },
      }),
      { kind: 'pass', ms: 5_000 },
      of('resource.toggle-disk', { definition: 'db', node: 'n1', pool: 'data', migrateFrom: 'n4' }),
      { kind: 'crash', node: 'n4' },
      { kind: 'pass', ms: 1_000 },
      of('resource.delete', { definition: 'db', node: 'n1' }),
    ],
  },
  'with a new volume beside them the others counted as no good copy, and the last one went': {
    terrain: plain,
    steps: [
      spawn('web', 1),
      { kind: 'pass', ms: 5_000 },
      { kind: 'open', node: 'n1', definition: 'web' },
      { kind: 'write', node: 'n1', definition: 'web' },
      { kind: 'close', node: 'n1', definition: 'web' },
      { kind: 'crash', node: 'n1' },
      of('volume-definition.create', { definition: 'web', sizeKib: 65_536 }),
      of('resource.delete', { definition: 'web', node: 'n1' }),
    ],
  },
  'a disk that its peer saw go counted as good, since its own node had not told it yet': {
    terrain: plain,
    steps: [
      spawn('web', 2),
      { kind: 'pass', ms: 5_000 },
      { kind: 'open', node: 'n2', definition: 'web' },
      { kind: 'write', node: 'n2', definition: 'web' },
      { kind: 'cut-bus', node: 'n2' },
      { kind: 'replace-disk', node: 'n2' },
      of('resource.toggle-disk', { definition: 'web', node: 'n1' }),
    ],
  },
  'a tie-breaker that somebody had open was cut off when it was not needed any more': {
    terrain: plain,
    steps: [
      spawn('web', 2),
      { kind: 'pass', ms: 5_000 },
      { kind: 'open', node: 'n3', definition: 'web' },
      of('resource.toggle-disk', { definition: 'web', node: 'n2', to: 'diskless' }),
    ],
  },
  'an encrypted volume whose disk was replaced was reached through the mapping of the old one': {
    terrain: { ...plain, layers: encrypted },
    steps: [
      of('resource-group.spawn', {
        group: 'DfltRscGrp',
        definition: 'db',
        sizesKib: [65_536],
        filter: { placeCount: 2, layers: encrypted },
      }),
      { kind: 'pass', ms: 5_000 },
      { kind: 'replace-disk', node: 'n1' },
    ],
  },
  'the mark of an image that never came lay about when its replica had been deleted': {
    terrain: { ...plain, provider: 'FILE_THIN' },
    steps: [
      // So that n1 becomes the tie-breaker.
      { kind: 'lose-node', node: 'n4' },
      {
        kind: 'fault',
        node: 'n1',
        fault: { argv: ['truncate'], times: 1, effect: { kind: 'hang' } },
      },
      of('resource-group.spawn', {
        group: 'DfltRscGrp',
        definition: 'web',
        sizesKib: [65_536],
        filter: { placeCount: 3, nodes: ['n1', 'n2', 'n3'] },
      }),
      of('resource.delete', { definition: 'web', node: 'n1' }),
    ],
  },
  'a cache that was flushed for half an hour before its replica could go': {
    terrain: {
      ...plain,
      layers: ['DRBD', 'WRITECACHE', 'STORAGE'],
      props: { 'Writecache/PoolName': 'ssd' },
    },
    steps: [
      of('resource-group.spawn', {
        group: 'DfltRscGrp',
        definition: 'web',
        sizesKib: [65_536],
        filter: { placeCount: 2, layers: ['DRBD', 'WRITECACHE', 'STORAGE'], pools: ['data'] },
      }),
      {
        kind: 'fault',
        node: 'n2',
        fault: { argv: ['dmsetup', 'message'], times: 2, effect: { kind: 'hang' } },
      },
      of('resource.toggle-disk', {
        definition: 'web',
        node: 'n4',
        pool: 'data',
        migrateFrom: 'n2',
      }),
    ],
  },
  'a copy that had not reached the writer stayed old when that broke down': {
    terrain: { ...plain, props: { 'DrbdOptions/AutoEvictAfterTime': '1' } },
    steps: [
      spawn('web', 2),
      spawn('db', 2),
      { kind: 'kill-satellite', node: 'n1' },
      { kind: 'cut', node: 'n1' },
      { kind: 'pass', ms: 100_000 },
      { kind: 'heal' },
      { kind: 'open', node: 'n1', definition: 'web' },
      { kind: 'crash', node: 'n1' },
    ],
  },
}
