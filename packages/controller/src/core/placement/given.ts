/** For tests: a cluster in a few words, and the observations of its satellites. */
import {
  type Capabilities,
  keyOf,
  nothingObserved,
  type ObservedResource,
  type ObservedView,
  type Props,
  type Provider,
  type ResourceKind,
  type State,
  type VarveEvent,
} from '@varve/events'
import { stateOf } from '../allocate/given.ts'

export const GiB = 1024 ** 2

export type GivenPool = {
  readonly name?: string
  readonly provider?: Provider
  readonly freeKib?: number | undefined
  readonly totalKib?: number
  readonly sharedSpace?: string
  readonly props?: Props
}

export type GivenNode = {
  readonly name: string
  readonly props?: Props
  readonly offline?: boolean
  readonly drbdKernel?: string
  readonly capabilities?: Capabilities
  readonly pools?: readonly GivenPool[]
}

export const able: Capabilities = {
  providers: {},
  layers: { DRBD: { able: true }, STORAGE: { able: true } },
  drbdKernel: '9.2.18',
}

export const pool = (freeGib: number, more: GivenPool = {}): GivenPool => ({
  freeKib: freeGib * GiB,
  totalKib: 100 * GiB,
  ...more,
})

/** Nodes with one pool each: `n1` with 10 GiB free, `n2` with 20 … unless told otherwise. */
export function cluster(nodes: readonly GivenNode[], more: readonly VarveEvent[] = []): State {
  return stateOf([...nodes.flatMap(nodeEvents), ...more])
}

export function node(name: string, freeGib: number, more: Partial<GivenNode> = {}): GivenNode {
  return { name, pools: [pool(freeGib)], ...more }
}

function nodeEvents(given: GivenNode): VarveEvent[] {
  const { name } = given
  const kernel = given.drbdKernel
  const capabilities =
    given.capabilities ?? (kernel === undefined ? able : { ...able, drbdKernel: kernel })
  const events: VarveEvent[] = [
    { type: 'node.created', node: name, kind: 'Satellite' },
    {
      type: 'storage-pool.created',
      node: name,
      pool: 'DfltDisklessStorPool',
      provider: 'DISKLESS',
      backing: '',
    },
    { type: 'node.connected', node: name, boot: 'b' },
    { type: 'node.described', node: name, uname: name, capabilities },
    ...propertyEvents(`node/${name}`, given.props),
  ]
  for (const one of given.pools ?? []) {
    const pool = one.name ?? 'data'
    events.push({
      type: 'storage-pool.created',
      node: name,
      pool,
      provider: one.provider ?? 'LVM',
      backing: 'vg',
      ...(one.sharedSpace === undefined ? {} : { sharedSpace: one.sharedSpace }),
    })
    events.push(...propertyEvents(`storage-pool/${name}/${pool}`, one.props))
  }
  if (given.offline) events.push({ type: 'node.disconnected', node: name })
  return events
}

export function propertyEvents(
  of: Extract<VarveEvent, { type: 'property.set' }>['of'],
  props: Props = {},
): VarveEvent[] {
  return Object.entries(props).map(([key, value]) => ({ type: 'property.set', of, key, value }))
}

/** What the satellites say about these nodes' pools, and about resources. */
export function observing(
  nodes: readonly GivenNode[],
  resources: readonly ObservedResource[] = [],
): ObservedView {
  const rows = new Map(
    nodes.flatMap(({ name, pools }) =>
      (pools ?? []).map((one) => {
        const { freeKib, totalKib, name: pool = 'data', provider = 'LVM' } = one
        const space = {
          ...(freeKib === undefined ? {} : { freeKib }),
          ...(totalKib === undefined ? {} : { totalKib }),
        }
        return [keyOf(name, pool), { pool, provider, ...space, at: 1 }] as const
      }),
    ),
  )
  const seen = new Map(resources.map((row) => [keyOf(row.resource, row.node), row]))
  return {
    ...nothingObserved,
    pool: (on, name) => rows.get(keyOf(on, name)),
    resource: (name, on) => seen.get(keyOf(name, on)),
  }
}

export function definition(name: string, sizeKib?: number): VarveEvent[] {
  const created: VarveEvent = {
    type: 'resource-definition.created',
    definition: name,
    group: 'DfltRscGrp',
    layers: ['DRBD', 'STORAGE'],
    peerSlots: 7,
  }
  if (sizeKib === undefined) return [created]
  return [created, { type: 'volume-definition.created', definition: name, number: 0, sizeKib }]
}

/** A resource with its volume 0 in pool `data`. */
export function replica(
  definitionName: string,
  on: string,
  { kind = 'diskful', pool: name = 'data' }: { kind?: ResourceKind; pool?: string } = {},
): VarveEvent[] {
  const of = { definition: definitionName, node: on }
  return [
    { type: 'resource.created', ...of, kind },
    {
      type: 'volume.created',
      ...of,
      number: 0,
      ...(kind === 'diskful' ? { pool: name } : {}),
    },
  ]
}
