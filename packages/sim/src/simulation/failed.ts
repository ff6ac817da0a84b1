/** Runs that have failed once, in their shortest form, with what was wrong: they are played for ever. */
import type { Step } from './steps.ts'

export const spawn = (definition: string, placeCount: number): Step => ({
  kind: 'command',
  type: 'resource-group.spawn',
  args: { group: 'DfltRscGrp', definition, sizesKib: [65_536], filter: { placeCount } },
})

export const of = (type: Extract<Step, { kind: 'command' }>['type'], args: object): Step => ({
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
  'a replica under another node-id met a peer that expected the old one, and nobody connected again':
    [
      spawn('web', 2),
      { kind: 'kill-satellite', node: 'n2' },
      { kind: 'pass', ms: 5_000 },
      of('resource.delete', { definition: 'web', node: 'n1' }),
      of('resource.make-available', { definition: 'web', node: 'n1', diskful: true }),
    ],
  'both copies counted as old, and nobody was told what to do about it': [
    spawn('web', 2),
    { kind: 'heal' },
    { kind: 'open', node: 'n3', definition: 'web' },
    { kind: 'fail-disk', node: 'n1' },
    { kind: 'cut', node: 'n2' },
    { kind: 'write', node: 'n3', definition: 'web' },
  ],
  'a node that kept a snapshot was never asked to pay for a replica that it had never made': [
    spawn('db', 2),
    of('snapshot.create', { definition: 'db', snapshot: 's2' }),
    of('resource.delete', { definition: 'db', node: 'n2' }),
    { kind: 'kill-satellite', node: 'n2' },
    { kind: 'pass', ms: 20_000 },
    of('resource.create', { definition: 'db', node: 'n2', kind: 'diskful', pool: 'data' }),
    of('resource.delete', { definition: 'db', node: 'n2', waiveCleanup: true }),
  ],
  'what a tool holds that does not work was counted against the satellite': [
    spawn('db', 3),
    {
      kind: 'fault',
      node: 'n1',
      fault: {
        argv: ['drbdsetup', 'resume-io'],
        times: 5,
        effect: { kind: 'late', afterMs: 40_000 },
      },
    },
    of('snapshot.create', { definition: 'db', snapshot: 's1' }),
    ...[26_000, 1_000, 1_000, 1_000, 1_000, 1_000].map((ms): Step => ({ kind: 'pass', ms })),
  ],
  'what a diskless writer had written went with the one replica that it still reached': [
    of('resource-group.spawn', {
      group: 'DfltRscGrp',
      definition: 'web',
      sizesKib: [65_536, 65_536],
      filter: { placeCount: 2 },
    }),
    // Refused: there is no such thing.
    of('resource.auto-place', { definition: 'db', filter: { placeCount: 3 } }),
    { kind: 'open', node: 'n3', definition: 'web' },
    { kind: 'crash', node: 'n1' },
    { kind: 'kill-satellite', node: 'n2' },
    { kind: 'write', node: 'n3', definition: 'web' },
    of('resource.delete', { definition: 'web', node: 'n2' }),
  ],
  'a replica that was being filled lost the list of what was left to copy, as another one grew': [
    of('resource-group.spawn', {
      group: 'DfltRscGrp',
      definition: 'db',
      sizesKib: [226_304],
      filter: { placeCount: 2, nodes: ['n3', 'n4'] },
    }),
    { kind: 'pass', ms: 5_000 },
    { kind: 'open', node: 'n3', definition: 'db' },
    { kind: 'write', node: 'n3', definition: 'db' },
    { kind: 'kill-satellite', node: 'n3' },
    of('volume-definition.resize', { definition: 'db', number: 0, sizeKib: 239_616 }),
    { kind: 'kill-satellite', node: 'n1' },
    of('node.evacuate', { node: 'n3' }),
    of('resource.auto-place', { definition: 'db', filter: { placeCount: 3 } }),
  ],
  'what was written after somebody had asked for a rollback counted as promised': [
    spawn('web', 2),
    {
      kind: 'fault',
      node: 'n1',
      fault: {
        argv: ['drbdsetup', 'down'],
        times: 2,
        effect: { kind: 'late', afterMs: 40_000 },
      },
    },
    of('snapshot.create', { definition: 'web', snapshot: 's1' }),
    of('snapshot.rollback', { definition: 'web', snapshot: 's1' }),
    { kind: 'open', node: 'n1', definition: 'web' },
    { kind: 'write', node: 'n1', definition: 'web' },
  ],
}
