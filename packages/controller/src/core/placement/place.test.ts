import { isRefusal, PlacementExplanation, refusalText, type VarveEvent } from '@varve/events'
import { expect, test } from 'vitest'
import {
  able,
  cluster,
  definition,
  GiB,
  type GivenNode,
  node,
  observing,
  pool,
  propertyEvents,
  replica,
} from './given.ts'
import { autoPlace } from './place.ts'
import type { PlacementRequest } from './request.ts'

function place(
  nodes: readonly GivenNode[],
  request: Partial<PlacementRequest> = {},
  events: readonly VarveEvent[] = [],
) {
  const placement = autoPlace(cluster(nodes, events), observing(nodes), {
    filter: { placeCount: 2 },
    sizeKib: 5 * GiB,
    layers: ['DRBD', 'STORAGE'],
    ...request,
  })
  PlacementExplanation.parse(placement.explanation)
  return placement
}

function chosen(...args: Parameters<typeof place>): string[] | string {
  const placement = place(...args)
  return isRefusal(placement)
    ? refusalText(placement)
    : placement.chosen.map((one) => `${one.node}/${one.pool}`)
}

/** `n1: reason` of everything that was not taken, without the rule's name. */
function reasons(...args: Parameters<typeof place>): string[] {
  return place(...args).explanation.rejected.map(
    (one) => `${one.node}${one.pool ? `/${one.pool}` : ''} ${one.answer}: ${one.reason}`,
  )
}

const three = [node('n1', 10), node('n2', 30), node('n3', 20)]

test('two replicas go to the two nodes with most free space', () => {
  const placement = place(three)
  expect(placement).toMatchObject({
    chosen: [
      { node: 'n2', pool: 'data', provider: 'LVM' },
      { node: 'n3', pool: 'data', provider: 'LVM' },
    ],
  })
  expect(placement.explanation).toMatchObject({
    strategies: ['MaxFreeSpace', 'MinRscCount'],
    candidates: [
      ['n2', 'data', 1, 0],
      ['n3', 'data', 0.666666667, 0],
      ['n1', 'data', 0.333333333, 0],
    ],
  })
})

test('equal scores are decided by the pool key, whatever the order of creation', () => {
  const equal = [node('n3', 10), node('N1', 10), node('n2', 10)]
  expect(chosen(equal)).toEqual(['N1/data', 'n2/data'])
})

test('with equal space the pool with fewer resources wins', () => {
  const equal = [node('n1', 10), node('n2', 10), node('n3', 10)]
  const events = [...definition('db', GiB), ...replica('db', 'n1')]
  expect(chosen(equal, {}, events)).toEqual(['n2/data', 'n3/data'])
})

test('only what is missing is placed; nothing missing is a placement of none', () => {
  const web = [...definition('web', 5 * GiB), ...replica('web', 'n3')]
  expect(chosen(three, { definition: 'WEB' }, web)).toEqual(['n2/data'])
  const both = [...web, ...replica('web', 'n2')]
  expect(place(three, { definition: 'web' }, both)).toMatchObject({
    chosen: [],
    explanation: { note: '2 of 2 replicas are there: nothing to place' },
  })
  expect(
    chosen(three, { definition: 'web', filter: { additionalPlaceCount: 1, placeCount: 2 } }, both),
  ).toEqual(['n1/data'])
})

test('more replicas than asked for is a refusal, no place count another', () => {
  const web = [...definition('web', GiB), ...replica('web', 'n1'), ...replica('web', 'n2')]
  expect(chosen(three, { definition: 'web', filter: { placeCount: 1 } }, web)).toBe(
    'web has 2 replicas already, more than the 1 asked for.',
  )
  expect(chosen(three, { filter: {} })).toBe('Placement filter: there is no place count')
})

test('too few nodes: the refusal has one line per node', () => {
  const nodes = [node('n1', 10), node('n2', 3), node('n3', 20, { offline: true })]
  expect(place(nodes)).toMatchObject({
    refused: 'not-enough-nodes',
    fields: { required: 2, measured: 1 },
    details: [
      'n1/data: fits',
      'n2/data: it has room for 3 GiB; 5 GiB are needed',
      'n3: it is offline',
    ],
  })
})

test('every node rule says in its own words why not', () => {
  const nodes = [
    node('n1', 10),
    node('n2', 10, { offline: true }),
    node('n3', 10, { props: { AutoplaceTarget: 'False' } }),
    node('n4', 10, {
      capabilities: { ...able, layers: { DRBD: { able: false, reason: 'no module drbd' } } },
    }),
    { name: 'n5' },
    node('n6', 10),
    node('n7', 10),
    node('n8', 10),
    node('n9', 10),
  ]
  const events: VarveEvent[] = [
    ...definition('db', GiB),
    ...definition('web', GiB),
    ...replica('db', 'n6'),
    ...replica('web', 'n7'),
    { type: 'node.deletion-started', node: 'n8', operation: 'o' },
    ...replica('web', 'n9'),
    { type: 'resource.deletion-started', definition: 'web', node: 'n9', operation: 'o' },
    { type: 'node.created', node: 'n0', kind: 'Satellite' },
    {
      type: 'storage-pool.created',
      node: 'n0',
      pool: 'data',
      provider: 'LVM',
      backing: 'vg',
    },
  ]
  const request = { definition: 'web', filter: { placeCount: 2, notPlaceWith: ['DB'] } }
  expect(reasons(nodes, request, events)).toEqual([
    'n0 not-now: its satellite has never connected',
    'n2 not-now: it is offline',
    'n3 never: property AutoplaceTarget is false',
    'n4 never: it cannot run layer DRBD: no module drbd',
    'n6 never: it has resource db, to be kept apart from',
    'n7 never: it has a diskful resource of web already',
    'n8 never: it is being deleted',
    'n9 not-now: the resource is still being removed from it',
    'n5 never: it has no storage pool',
  ])
})

test('every pool rule says in its own words why not', () => {
  const nodes: GivenNode[] = [
    {
      name: 'n1',
      pools: [
        pool(10, { name: 'closed', props: { AutoplaceTarget: 'no' } }),
        pool(10, { name: 'file', provider: 'FILE' }),
        pool(4, { name: 'full' }),
        pool(10, { name: 'other' }),
        { name: 'silent' },
        pool(9, { name: 'thin', provider: 'LVM_THIN', props: { MaxOversubscriptionRatio: '1' } }),
      ],
    },
  ]
  const filter = {
    placeCount: 1,
    pools: ['closed', 'file', 'full', 'SILENT', 'thin'],
    providers: ['LVM', 'LVM_THIN'] as const,
  }
  const request = { filter: { ...filter, providers: [...filter.providers] } }
  expect(reasons(nodes, request)).toEqual([
    'n1/closed never: property AutoplaceTarget is false',
    'n1/file never: its provider FILE is not in the list of providers',
    'n1/full not-now: it has room for 4 GiB; 5 GiB are needed',
    'n1/other never: it is not in the list of storage pools',
    'n1/silent not-now: its free space is not known yet; 5 GiB are needed',
    'n1/thin not-now: it has room for 9 GiB; Autoplacer/MinThinFreeSpace asks for 10 GiB',
  ])
})

test('the node list and the excluded nodes restrict, an empty list does not', () => {
  expect(chosen(three, { filter: { placeCount: 2, nodes: ['N1', 'n3'] } })).toEqual([
    'n3/data',
    'n1/data',
  ])
  expect(chosen(three, { filter: { placeCount: 2, nodes: [] } })).toEqual(['n2/data', 'n3/data'])
  expect(chosen(three, { exceptNodes: ['n2'] })).toEqual(['n3/data', 'n1/data'])
})

test('resources can be kept apart by a pattern; a pattern that is none is refused', () => {
  const db = [...definition('db-main', GiB), ...replica('db-main', 'n2')]
  const apart = (notPlaceWithRegex: string) =>
    chosen(three, { filter: { placeCount: 2, notPlaceWithRegex } }, db)
  expect(apart('DB-')).toEqual(['n3/data', 'n1/data'])
  expect(apart('^main')).toEqual(['n2/data', 'n3/data'])
  expect(apart('(')).toContain('is not a regular expression')
  expect(apart('(a+)+$')).toContain('repeats a group that repeats itself')
})

const sited = [
  node('n1', 40, { props: { 'Aux/site': 'a' } }),
  node('n2', 30, { props: { 'Aux/site': 'b' } }),
  node('n3', 25, { props: { 'Aux/site': 'b' } }),
  node('n4', 5, { props: { 'Aux/site': 'a' } }),
  node('n5', 50),
]

test('replicas on the same value: the pair with the best sum wins, not the best single node', () => {
  const same = (entry: string) =>
    chosen(sited, { sizeKib: GiB, filter: { placeCount: 2, replicasOnSame: [entry] } })
  expect(same('Aux/site')).toEqual(['n2/data', 'n3/data'])
  expect(same('Aux/site=a')).toEqual(['n1/data', 'n4/data'])
})

test('a new replica follows those that are there; contradicting ones cannot be followed', () => {
  const web = [...definition('web', GiB), ...replica('web', 'n4')]
  const request = {
    definition: 'web',
    sizeKib: GiB,
    filter: { placeCount: 3, replicasOnSame: ['Aux/site'] },
  }
  expect(chosen(sited, { ...request, filter: { ...request.filter, placeCount: 2 } }, web)).toEqual([
    'n1/data',
  ])
  expect(chosen(sited, request, [...web, ...replica('web', 'n3')])).toBe(
    'Placement cannot be decided: replicas are to be on the same Aux/site, but are on a and b',
  )
})

test('replicas on different values: nodes without the property differ from every other', () => {
  const different = (entries: string[], placeCount: number) =>
    chosen(sited, { sizeKib: GiB, filter: { placeCount, replicasOnDifferent: entries } })
  expect(different(['Aux/site'], 3)).toEqual(['n5/data', 'n1/data', 'n2/data'])
  expect(different(['Aux/site=a'], 3)).toEqual(['n5/data', 'n2/data', 'n3/data'])
  expect(different(['Aux/site'], 4)).toBe(
    'Not enough available nodes: 4 needed, 5 alone but no 4 together fit.',
  )
})

test('two replicas per site fill one site before they begin the next', () => {
  const nodes = [
    ...sited.slice(0, 4),
    node('n6', 60, { props: { 'Aux/site': 'c' } }),
    node('n7', 1, { props: { 'Aux/site': 'c' } }),
  ]
  const filter = { placeCount: 4, xReplicasOnDifferent: { 'Aux/site': 2 } }
  const names = chosen(nodes, { sizeKib: GiB, filter })
  expect(names).toEqual(['n6/data', 'n1/data', 'n4/data', 'n7/data'])
  expect(chosen(nodes, { sizeKib: GiB, filter: { ...filter, placeCount: 3 } })).toEqual([
    'n6/data',
    'n1/data',
    'n4/data',
  ])
})

test('pools that share a space hold one replica together', () => {
  const shared = (name: string, free: number) =>
    node(name, free, { pools: [pool(free, { sharedSpace: 'san' })] })
  expect(chosen([shared('n1', 50), shared('n2', 40), node('n3', 10)])).toEqual([
    'n1/data',
    'n3/data',
  ])
})

test('kinds of storage mix only when allowed and when both kernels can', () => {
  const zfs = (drbdKernel: string) =>
    node('n2', 30, { drbdKernel, pools: [pool(30, { provider: 'ZFS_THIN' })] })
  const nodes = (kernel: string) => [node('n1', 10), zfs(kernel)]
  const allow = propertyEvents('controller', { AllowMixingStoragePoolDriver: 'true' })
  expect(chosen(nodes('9.2.7'))).toContain('2 alone but no 2 together')
  expect(chosen(nodes('9.2.7'), {}, allow)).toEqual(['n2/data', 'n1/data'])
  expect(chosen(nodes('9.1.18'), {}, allow)).toEqual(['n2/data', 'n1/data'])
  expect(chosen(nodes('9.2.6'), {}, allow)).toContain('2 alone but no 2 together')
  const web = [...definition('web', GiB), ...replica('web', 'n1')]
  expect(reasons(nodes('9.2.7'), { definition: 'web' }, web)).toContain(
    'n2/data never: ZFS_THIN beside LVM needs the property AllowMixingStoragePoolDriver',
  )
})

test('DRBD 8.4 takes two replicas, no third and no diskless peer', () => {
  const nodes = [node('n1', 30, { drbdKernel: '8.4.11' }), node('n2', 20), node('n3', 10)]
  expect(chosen(nodes)).toEqual(['n1/data', 'n2/data'])
  expect(reasons(nodes, { filter: { placeCount: 3 } })).toEqual([
    'n1 never: node n1 runs DRBD 8.4, which has at most two replicas; 3 are asked for',
  ])
  const web = [...definition('web', GiB), ...replica('web', 'n1'), ...replica('web', 'n2')]
  const diskless = { definition: 'web', diskless: true, filter: { placeCount: 1 } }
  expect(reasons(nodes, diskless, web).at(-1)).toBe(
    'n3 never: node n1 runs DRBD 8.4, which has neither diskless peers nor tie-breakers',
  )
  const db = [...definition('web', GiB), ...replica('web', 'n3', { kind: 'diskless' })]
  expect(reasons(nodes, { definition: 'web' }, db)).toEqual([
    'n1 never: node n1 runs DRBD 8.4, which cannot join the diskless peers that the resource has',
  ])
})

test('a diskless node and a tie-breaker may become diskful where they are', () => {
  const web = [
    ...definition('web', GiB),
    ...replica('web', 'n1'),
    ...replica('web', 'n2', { kind: 'tie-breaker' }),
    ...replica('web', 'n3', { kind: 'diskless' }),
  ]
  expect(chosen(three, { definition: 'web', filter: { placeCount: 3 } }, web)).toEqual([
    'n2/data',
    'n3/data',
  ])
})

test('diskless resources go to the node with fewest resources and replace a tie-breaker', () => {
  const web = [
    ...definition('web', GiB),
    ...definition('db', GiB),
    ...replica('db', 'n3'),
    ...replica('web', 'n1'),
    ...replica('web', 'n2', { kind: 'tie-breaker' }),
  ]
  const request = { definition: 'web', diskless: true, filter: { placeCount: 1 } }
  expect(chosen(three, request, web)).toEqual(['n2/DfltDisklessStorPool'])
  const more = { ...request, filter: { placeCount: 1, providers: ['LVM' as const] } }
  expect(chosen([...three, node('n4', 1)], more, web)).toEqual(['n4/DfltDisklessStorPool'])
})

test('weights change what counts; a weight that is no number counts as 1', () => {
  const events = [
    ...definition('db', 8 * GiB),
    ...replica('db', 'n2'),
    ...propertyEvents('controller', {
      'Autoplacer/Weights/MaxFreeSpace': '0',
      'Autoplacer/Weights/MinReservedSpace': 'much',
    }),
  ]
  const placement = place(three, {}, events)
  expect(placement.explanation).toMatchObject({
    strategies: ['MinReservedSpace', 'MinRscCount'],
    candidates: [
      ['n1', 'data', 0, 0],
      ['n3', 'data', 0, 0],
      ['n2', 'data', -1, -0.00001],
    ],
  })
})

test('an explanation of a large cluster is cut and says by how much', () => {
  const nodes = Array.from({ length: 200 }, (_, i) => node(`n${i}`, i < 100 ? 10 : 1))
  const { explanation } = place(nodes)
  expect(explanation.candidates.length).toBe(32)
  expect(explanation.rejected.length).toBe(64)
  expect(explanation.more).toBe(104)
})

test('constraints that contradict each other over a large cluster are refused, not searched for ever', () => {
  const nodes = Array.from({ length: 300 }, (_, i) =>
    node(`n${i}`, 10 + (i % 7), {
      props: { 'Aux/rack': `r${i % 9}`, 'Aux/row': `w${i % 40}`, 'Aux/site': `s${i % 3}` },
    }),
  )
  const filter = {
    placeCount: 10,
    replicasOnDifferent: ['Aux/row'],
    replicasOnSame: ['Aux/site'],
    xReplicasOnDifferent: { 'Aux/rack': 2 },
  }
  expect(['not-enough-nodes', 'undecidable-placement']).toContain(
    (place(nodes, { filter }) as { refused?: string }).refused,
  )
})

test('a value that is full already is named with what is there', () => {
  const web = [...definition('web', GiB), ...replica('web', 'n2')]
  const filter = { placeCount: 2, replicasOnDifferent: ['Aux/site'] }
  const request = { definition: 'web', sizeKib: GiB, filter }
  expect(reasons(sited, request, web)).toContain(
    'n3 never: its Aux/site is b, where there is a replica already',
  )
})

test('a node with a shared and an own pool is tried with both, also after its twin failed', () => {
  const san = (free: number) => pool(free, { sharedSpace: 'san' })
  const nodes: GivenNode[] = [
    { name: 'n1', pools: [san(90), pool(10, { name: 'own' })] },
    { name: 'n2', pools: [san(80)] },
  ]
  expect(chosen(nodes)).toEqual(['n2/data', 'n1/own'])
})

test('many nodes alike are tried once: two kinds of thirty each cannot make thirty-one', () => {
  const nodes = Array.from({ length: 60 }, (_, i) =>
    node(`n${i}`, 10, { pools: [pool(10 + i, { provider: i < 30 ? 'LVM' : 'ZFS' })] }),
  )
  expect(place(nodes, { filter: { placeCount: 31 } })).toMatchObject({
    refused: 'not-enough-nodes',
    fields: { measured: '60 alone but no 31 together' },
  })
})

test('a burst of placements spreads, though no satellite has reported anything since', () => {
  const nodes = ['n1', 'n2', 'n3', 'n4'].map((name) => node(name, 10))
  const events: VarveEvent[] = []
  for (const name of ['r1', 'r2', 'r3', 'r4']) {
    const [one, other] = chosen(nodes, { sizeKib: 2 * GiB }, events) as string[]
    const on = [one, other].map((place) => place?.split('/')[0] ?? '')
    events.push(...definition(name, 2 * GiB), ...on.flatMap((each) => replica(name, each)))
  }
  const nodesUsed = events.flatMap((event) => (event.type === 'volume.created' ? event.node : []))
  expect(nodesUsed.toSorted()).toEqual(['n1', 'n1', 'n2', 'n2', 'n3', 'n3', 'n4', 'n4'])
  expect(chosen(nodes, { sizeKib: 7 * GiB }, events)).toContain('2 needed, 0 fit')
})
