import type { ObservedResource, VarveEvent } from '@varve/events'
import { expect, test } from 'vitest'
import {
  cluster,
  definition,
  GiB,
  type GivenNode,
  node,
  observing,
  propertyEvents,
  replica,
} from './given.ts'
import type { RemovalRequest } from './removal-reasons.ts'
import { chooseRemoval, rankRemovals } from './unplace.ts'

const names = ['n1', 'n2', 'n3']

/** Three UpToDate replicas that see each other; n2 has the fullest pool. */
function given(change: Partial<Record<string, Partial<GivenNode>>> = {}, without?: string) {
  const free: Record<string, number> = { n1: 30, n2: 10, n3: 20 }
  const nodes = names.map((name) => node(name, free[name] ?? 0, change[name]))
  const events: VarveEvent[] = [
    ...definition('web', GiB),
    ...definition('db', GiB),
    ...names.flatMap((name) => replica('web', name)),
    ...names.map(
      (name): VarveEvent => ({
        type: 'volume.disk-changed',
        definition: 'web',
        node: name,
        number: 0,
        disk: 'UpToDate',
      }),
    ),
  ]
  return { nodes, events, seen: names.map((name) => healthy(name, without)) }
}

/** `without`: a node to which nobody has a connection. */
function healthy(name: string, without?: string): ObservedResource {
  const isApart = (peer: string) => [name, peer].includes(without ?? '')
  return {
    v: 1,
    node: name,
    boot: 'b',
    at: 1,
    resource: 'web',
    applied: { term: 1, from: 1 },
    status: 'applied',
    volumes: [],
    connections: names
      .filter((peer) => peer !== name)
      .map((peer) => ({
        peer,
        state: isApart(peer) ? 'Connecting' : 'Connected',
        volumes: [],
      })),
  }
}

function removal(
  { nodes, events, seen }: ReturnType<typeof given>,
  request: Partial<RemovalRequest> = {},
  more: readonly VarveEvent[] = [],
) {
  return chooseRemoval(cluster(nodes, [...events, ...more]), observing(nodes, seen), {
    definition: 'web',
    layers: ['DRBD', 'STORAGE'],
    filter: {},
    ...request,
  })
}

test('with nothing against any replica the one in the fullest pool goes', () => {
  expect(removal(given())).toMatchObject({ node: 'n2', reasons: [] })
})

test('a replica that is not UpToDate goes before one in a fuller pool', () => {
  const event: VarveEvent = {
    type: 'volume.disk-changed',
    definition: 'web',
    node: 'n1',
    number: 0,
    disk: 'Inconsistent',
  }
  expect(removal(given(), {}, [event])).toEqual({
    node: 'n1',
    reasons: ['it is not UpToDate'],
    poolScore: expect.any(Number),
  })
})

test('each broken rule of the group counts', () => {
  const moved = given({ n3: { props: { 'Aux/site': 'b' } } })
  expect(removal(moved, { filter: { replicasOnSame: ['Aux/site=a'] } })?.reasons).toHaveLength(1)
  expect(removal(given(), { filter: { nodes: ['N1', 'n2'] } })).toMatchObject({
    node: 'n3',
    reasons: ['its node is not in the list of nodes'],
  })
  expect(removal(given(), { filter: { notPlaceWith: ['db'] } }, replica('db', 'n1'))).toMatchObject(
    { node: 'n1', reasons: ['it has resource db, to be kept apart from'] },
  )
})

test('on a key that all should share, the odd one out has most against it', () => {
  const sites = given({
    n1: { props: { 'Aux/site': 'b' } },
    n2: { props: { 'Aux/site': 'a' } },
    n3: { props: { 'Aux/site': 'a' } },
  })
  expect(removal(sites, { filter: { replicasOnSame: ['Aux/site'] } })).toMatchObject({
    node: 'n1',
    reasons: ['its Aux/site is not that of node n2', 'its Aux/site is not that of node n3'],
  })
})

test('a value with more replicas than allowed loses one, of the fuller pool', () => {
  const sites = given({
    n1: { props: { 'Aux/site': 'a' } },
    n2: { props: { 'Aux/site': 'b' } },
    n3: { props: { 'Aux/site': 'a' } },
  })
  expect(removal(sites, { filter: { replicasOnDifferent: ['Aux/site'] } })).toMatchObject({
    node: 'n3',
    reasons: ['2 replicas have Aux/site a; 1 may'],
  })
})

test('nobody is blamed for a peer that is offline', () => {
  const apart = given({}, 'n3')
  expect(removal(apart)).toMatchObject({ node: 'n2', reasons: ['it is not connected to node n3'] })
  const offline = given({ n3: { offline: true } }, 'n3')
  expect(removal(offline)).toMatchObject({
    node: 'n3',
    reasons: ['it is not connected to node n1'],
  })
})

test('only the nodes named are looked at, diskless resources never', () => {
  const { nodes, events, seen } = given()
  const state = cluster(
    [...nodes, node('n4', 1)],
    [...events, ...replica('web', 'n4', { kind: 'diskless' })],
  )
  const request = { definition: 'web', layers: ['DRBD', 'STORAGE'], filter: {} } as const
  const ranked = rankRemovals(state, observing(nodes, seen), request)
  expect(ranked.map((one) => one.node)).toEqual(['n2', 'n3', 'n1'])
  const among = rankRemovals(state, observing(nodes, seen), { ...request, among: ['N1', 'n3'] })
  expect(among.map((one) => one.node)).toEqual(['n3', 'n1'])
})

test('the weights of the autoplacer decide ties here too', () => {
  const heavy = propertyEvents('controller', { 'Autoplacer/Weights/MaxFreeSpace': '-1' })
  expect(removal(given(), { layers: ['STORAGE'] }, heavy)).toMatchObject({ node: 'n1' })
})
