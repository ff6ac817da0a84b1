/** Runs that have failed once, in their shortest form, with what was wrong: they are played for ever. */
import type { Layer } from '@varve/events'
import type { Step } from './steps.ts'
import { plain, type Terrain } from './terrain.ts'

const spawn = (definition: string, placeCount: number): Step => ({
  kind: 'command',
  type: 'resource-group.spawn',
  args: { group: 'DfltRscGrp', definition, sizesKib: [65_536], filter: { placeCount } },
})

const of = (type: Extract<Step, { kind: 'command' }>['type'], args: object): Step => ({
  kind: 'command',
  type,
  args,
})

export const failedOnce: Readonly<Record<string, readonly Step[]>> = {
  'a volume of a definition that is being deleted was deleted by an operation that nobody ended': [
    spawn('db', 3),
    {
      kind: 'fault',
      node: 'n2',
      fault: { argv: ['drbdsetup', 'down'], times: 1, effect: { kind: 'hang' } },
    },
    of('resource-definition.delete', { definition: 'db' }),
    of('volume-definition.delete', { definition: 'db', number: 0 }),
  ],
  'a growth that waited for a node outlived its volume': [
    { kind: 'kill-satellite', node: 'n1' },
    spawn('web', 3),
    of('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 187_392 }),
    of('volume-definition.delete', { definition: 'web', number: 0 }),
  ],
  'a snapshot of what had no volume left held input and output for ever': [
    spawn('db', 3),
    of('volume-definition.delete', { definition: 'db', number: 0 }),
    of('snapshot.create', { definition: 'db', snapshot: 's1' }),
    { kind: 'pass', ms: 40_000 },
  ],
  'a failed resource kept a satellite looking without end while a snapshot held another one': [
    {
      kind: 'fault',
      node: 'n3',
      fault: { argv: ['lvcreate'], times: 5, effect: { kind: 'lie', code: 5, stderr: 'no' } },
    },
    spawn('web', 2),
    { kind: 'cut-bus', node: 'n1' },
    spawn('db', 2),
    of('snapshot.create', { definition: 'web', snapshot: 's2' }),
  ],
  'a tool that hung without a limit of its own hung for ever on simulated machines': [
    {
      kind: 'fault',
      node: 'n2',
      fault: {
        argv: ['drbdsetup', 'events2'],
        times: 1,
        effect: { kind: 'late', afterMs: 40_000 },
      },
    },
    spawn('web', 2),
  ],
  'what was open where nobody had heard of it was taken away from under it': [
    spawn('db', 2),
    { kind: 'fail-disk', node: 'n1' },
    { kind: 'cut-bus', node: 'n3' },
    { kind: 'open', node: 'n3', definition: 'db' },
    of('resource.delete', { definition: 'db', node: 'n3' }),
  ],
}

const encrypted: Layer[] = ['DRBD', 'LUKS', 'STORAGE']

/** The same on other machines than the usual ones. */
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
}
