/**
 * A small cluster for tests of views, of the CLI and of whoever shows states: three nodes with a
 * thin pool each, `web` (two replicas and a tie-breaker) in group `rg`, `db` without DRBD.
 */
import {
  type Actor,
  createState,
  type Entry,
  evolveEntry,
  genesis,
  nothingObserved,
  type ObservedPool,
  type ObservedResource,
  type ObservedView,
  type VarveEvent,
} from '@varve/events'
import { HistoryIndex } from '../history/history-index.ts'
import type { World } from '../world.ts'

/** Time of the first entry; each further entry comes a second later. */
export const began = Date.UTC(2026, 0, 2, 3, 4, 5)
export const alice: Actor = { kind: 'user', name: 'alice', via: 'cli' }
const observer: Actor = { kind: 'observer', name: 'leader', via: 'observe' }

export type Telling = Partial<Pick<Entry, 'actor' | 'reason' | 'cause' | 'explain'>>

/** Writes entries one by one, each in a block of its own, and shows the world after them. */
export function writeStory() {
  const entries: Entry[] = []
  const state = createState(genesis)
  const history = new HistoryIndex()
  return {
    entries,
    tell(type: string, events: VarveEvent[], telling: Telling = {}): string {
      const sequence = entries.length + 1
      const id = `01${String(sequence).padStart(24, '0')}`
      const at = began + sequence * 1000
      const entry: Entry = { id, at, actor: alice, command: { type, args: {} }, events, ...telling }
      entries.push(entry)
      evolveEntry(state, entry, sequence)
      state.position.sequence = sequence
      history.add(entry, sequence, 0)
      return id
    },
    world(observed: ObservedView = nothingObserved, now = began + 3_600_000): World {
      const entryAt = async (sequence: number) => {
        const entry = entries[sequence - 1]
        return entry && [entry]
      }
      return { cluster: 'varve', state, observed, history, now, entryAt }
    },
  }
}
export type Story = ReturnType<typeof writeStory>

/** Observations by key: `n1/thin` for pools, `web/n1` for resources. */
export function seen(reports: {
  readonly pools?: Readonly<Record<string, ObservedPool & { at: number }>>
  readonly resources?: Readonly<Record<string, ObservedResource>>
}): ObservedView {
  return {
    ...nothingObserved,
    pool: (node, pool) => reports.pools?.[`${node}/${pool}`.toLowerCase()],
    resource: (definition, node) => reports.resources?.[`${definition}/${node}`.toLowerCase()],
  }
}

export const gib = 1024 ** 2

export function pool(freeGib: number, at = began): ObservedPool & { at: number } {
  return {
    pool: 'thin',
    provider: 'LVM_THIN',
    totalKib: 100 * gib,
    freeKib: freeGib * gib,
    dataPercent: 100 - freeGib,
    at,
  }
}

const nodeNames = ['n1', 'n2', 'n3'] as const

/** What the node of a resource reports when all is well; `change` overrides. */
export function report(
  resource: string,
  node: string,
  change: Partial<ObservedResource> = {},
): ObservedResource {
  return {
    v: 1,
    node,
    boot: `${node}-boot`,
    at: began + 3_590_000,
    resource,
    applied: { term: 1, from: 1_000_000 },
    status: 'applied',
    role: 'Secondary',
    quorum: true,
    volumes: [{ number: 0, device: '/dev/drbd1000', disk: 'UpToDate', allocatedKib: gib }],
    connections: nodeNames
      .filter((peer) => peer !== node)
      .map((peer) => ({ peer, state: 'Connected', volumes: [] })),
    ...change,
  }
}

/** The cluster of the head of this file, with everything healthy. */
export function exampleStory(): Story {
  const story = writeStory()
  story.tell('leader.elect', [{ type: 'leader.elected', term: 1, controller: 'c1' }], {
    actor: { kind: 'system', name: 'c1', via: 'lease' },
  })
  for (const [i, node] of nodeNames.entries()) addNode(story, node, `10.0.0.${i + 1}`)
  story.tell('resource-group.create', [
    { type: 'resource-group.created', group: 'rg', filter: { placeCount: 2, pools: ['thin'] } },
    { type: 'volume-group.created', group: 'rg', number: 0 },
  ])
  defineWeb(story)
  placeWeb(story)
  story.tell('resource-definition.create', [
    {
      type: 'resource-definition.created',
      definition: 'db',
      group: 'rg',
      layers: ['STORAGE'],
      peerSlots: 7,
    },
    { type: 'volume-definition.created', definition: 'db', number: 0, sizeKib: gib },
  ])
  return story
}

/** Reports of the example when all is well. */
export function exampleReports() {
  return {
    pools: { 'n1/thin': pool(60), 'n2/thin': pool(60), 'n3/thin': pool(90) },
    resources: {
      'web/n1': report('web', 'n1', { role: 'Primary' }),
      'web/n2': report('web', 'n2'),
      'web/n3': report('web', 'n3', {
        volumes: [{ number: 0, device: '/dev/drbd1000', disk: 'Diskless' }],
      }),
    },
  }
}

function addNode(story: Story, node: string, address: string): void {
  story.tell('node.create', [
    { type: 'node.created', node, kind: 'Satellite' },
    { type: 'net-interface.created', node, name: 'default', address },
  ])
  const capabilities = {
    providers: {
      LVM_THIN: { able: true },
      ZFS: { able: false, reason: 'the command zfs is not installed' },
    },
    layers: { DRBD: { able: true } },
    drbdKernel: '9.2.18',
  } as const
  story.tell(
    'fact.node-online',
    [
      { type: 'node.connected', node, boot: `${node}-boot` },
      { type: 'node.described', node, uname: `${node}.example`, capabilities },
    ],
    { actor: observer },
  )
  story.tell('storage-pool.create', [
    { type: 'storage-pool.created', node, pool: 'thin', provider: 'LVM_THIN', backing: 'vg/thin' },
  ])
}

function defineWeb(story: Story): void {
  story.tell(
    'resource-group.spawn',
    [
      {
        type: 'resource-definition.created',
        definition: 'web',
        group: 'rg',
        layers: ['DRBD', 'STORAGE'],
        peerSlots: 7,
      },
      {
        type: 'volume-definition.created',
        definition: 'web',
        number: 0,
        sizeKib: 10 * gib,
        minor: 1000,
        day0: '1234567890ABCDEE',
      },
    ],
    { reason: 'shop opens on Monday' },
  )
}

function placeWeb(story: Story): void {
  const definition = 'web'
  const spawn = story.entries.at(-1)?.id
  const replica = (node: string, nodeId: number): VarveEvent[] => [
    {
      type: 'resource.created',
      definition,
      node,
      kind: nodeId === 2 ? 'tie-breaker' : 'diskful',
      nodeId,
      ports: [7000],
      peerSlots: 7,
    },
    {
      type: 'volume.created',
      definition,
      node,
      number: 0,
      ...(nodeId === 2 ? {} : { pool: 'thin' }),
    },
  ]
  story.tell('resource.auto-place', [...replica('n1', 0), ...replica('n2', 1)], {
    explain: {
      sizeKib: 10 * gib,
      needed: 2,
      chosen: [
        { node: 'n1', pool: 'thin' },
        { node: 'n2', pool: 'thin' },
      ],
      strategies: ['MaxFreeSpace'],
      candidates: [
        ['n1', 'thin', 1],
        ['n2', 'thin', 0.5],
      ],
      rejected: [
        {
          node: 'n3',
          pool: 'thin',
          rule: 'place-count',
          answer: 'not-now',
          reason: 'two were enough',
        },
      ],
      more: 0,
    },
  })
  story.tell('tie-breaker.add', replica('n3', 2), {
    actor: { kind: 'policy', name: 'tie-breaker', via: 'policy' },
    ...(spawn === undefined ? {} : { cause: spawn }),
  })
  for (const node of ['n1', 'n2']) {
    story.tell(
      'fact.resource-observed',
      [{ type: 'volume.disk-changed', definition, node, number: 0, disk: 'UpToDate' }],
      { actor: observer },
    )
  }
}
