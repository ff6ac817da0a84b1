import { isRefusal, type Provider, type SelectFilter, type VarveEvent } from '@varve/events'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  cluster,
  definition,
  GiB,
  type GivenNode,
  observing,
  pool,
  propertyEvents,
  replica,
} from './given.ts'
import { autoPlace } from './place.ts'

type Spot = { readonly provider: Provider; readonly freeGib: number; readonly san: boolean }
type Machine = {
  readonly site: string | undefined
  readonly rack: string | undefined
  readonly offline: boolean
  /** Has a replica already, in its first pool. */
  readonly deployed: boolean
  readonly spots: readonly Spot[]
}
type Wish = {
  readonly count: number
  readonly sizeGib: number
  readonly sameSite: boolean
  readonly differentRack: boolean
  readonly perSite: number | undefined
  readonly mixing: boolean
}
type Story = { readonly machines: readonly Machine[]; readonly wish: Wish }

/** True about once in `n`. */
const oneIn = (n: number) => fc.integer({ min: 1, max: n }).map((drawn) => drawn === n)
const spot: fc.Arbitrary<Spot> = fc.record({
  provider: fc.constantFrom<Provider[]>('LVM', 'LVM', 'LVM', 'ZFS', 'ZFS_THIN', 'FILE'),
  freeGib: fc.integer({ min: 1, max: 9 }),
  san: oneIn(4),
})
const machine: fc.Arbitrary<Machine> = fc.record({
  site: fc.constantFrom('a', 'a', 'b', undefined),
  rack: fc.constantFrom('r', 's', 't', undefined),
  offline: oneIn(6),
  deployed: oneIn(5),
  spots: fc.array(spot, { minLength: 1, maxLength: 2 }),
})
const wish: fc.Arbitrary<Wish> = fc.record({
  count: fc.integer({ min: 1, max: 4 }),
  sizeGib: fc.integer({ min: 1, max: 4 }),
  sameSite: oneIn(3),
  differentRack: oneIn(3),
  perSite: fc.constantFrom(undefined, undefined, 1, 2),
  mixing: fc.boolean(),
})
const stories: fc.Arbitrary<Story> = fc.record({
  machines: fc.array(machine, { minLength: 1, maxLength: 6 }),
  wish,
})

const runs = { numRuns: 600 }

test('a selection is found exactly when there is one, and it is as good as the rule says', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const placement = run(story)
      const { sums, undecidable, isValid } = twin(story)
      if (isRefusal(placement)) {
        expect(placement.refused).toBe(undecidable ? 'undecidable-placement' : 'not-enough-nodes')
        expect(undecidable || sums.length === 0).toBe(true)
        return
      }
      const set = placement.chosen.map((one) => placeOf(story, one))
      expect(set.length).toBe(story.wish.count)
      expect(isValid(set)).toBe(true)
      expect(sumOf(set)).toBe(Math.max(...sums))
    }),
    runs,
  )
})

test('no two replicas are on one node, whatever was there before', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const placement = run(story)
      if (isRefusal(placement)) return
      const before = story.machines.flatMap((one, at) => (one.deployed ? [nameOf(at)] : []))
      const nodes = [...before, ...placement.chosen.map((one) => one.node)]
      expect(new Set(nodes).size).toBe(nodes.length)
    }),
    runs,
  )
})

test('every pool is a candidate, or it or its node is rejected with a reason, and only once', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const placement = run(story)
      if (isRefusal(placement) && placement.refused === 'undecidable-placement') return
      const { candidates, rejected, more } = placement.explanation
      expect(more).toBe(0)
      for (const each of placesOf(story)) {
        const isMine = (row: { node: string; pool?: string | undefined }) =>
          row.node === nameOf(each.node) &&
          (row.pool === undefined || row.pool === poolNameOf(each.index))
        const rows = candidates.map(([node, pool]) => ({ node, pool }))
        expect(rows.filter(isMine).length + rejected.filter(isMine).length).toBe(1)
      }
      for (const { reason } of rejected) expect(reason).not.toBe('')
    }),
    runs,
  )
})

test('neither the order of creation nor the names (in the same order) change the choice', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const choice = (rename: (at: number) => string, reversed: boolean) => {
        const placement = run(story, rename, reversed)
        if (isRefusal(placement)) return placement.refused
        const names = story.machines.map((_, at) => rename(at))
        return placement.chosen.map((one) => [names.indexOf(one.node), one.pool])
      }
      const plain = choice(nameOf, false)
      expect(choice(nameOf, true)).toEqual(plain)
      expect(choice((at) => `Storage-${at}.site`, true)).toEqual(plain)
    }),
    runs,
  )
})

const nameOf = (at: number) => `n${at}`
const poolNameOf = (at: number) => `pool${at}`

function run({ machines, wish: wanted }: Story, rename = nameOf, reversed = false) {
  const nodes = machines.map((one, at) => givenNode(one, rename(at)))
  const events: VarveEvent[] = [
    ...definition('web', wanted.sizeGib * GiB),
    ...machines.flatMap((one, at) =>
      one.deployed ? replica('web', rename(at), { pool: poolNameOf(0) }) : [],
    ),
    ...propertyEvents('controller', {
      'Autoplacer/Weights/MinRscCount': '0',
      'Autoplacer/MinThinFreeSpace': '0',
      'Varve/Policy/thin-pool-guard': 'off',
      MaxOversubscriptionRatio: '1',
      AllowMixingStoragePoolDriver: String(wanted.mixing),
    }),
  ]
  return autoPlace(cluster(reversed ? nodes.toReversed() : nodes, events), observing(nodes), {
    definition: 'web',
    filter: filterOf(wanted),
    sizeKib: wanted.sizeGib * GiB,
    layers: ['DRBD', 'STORAGE'],
  })
}

function givenNode({ site, rack, offline, spots }: Machine, name: string): GivenNode {
  return {
    name,
    offline,
    props: {
      ...(site === undefined ? {} : { 'Aux/site': site }),
      ...(rack === undefined ? {} : { 'Aux/rack': rack }),
    },
    pools: spots.map(({ freeGib, provider, san }, index) =>
      pool(freeGib, {
        name: poolNameOf(index),
        provider,
        ...(san ? { sharedSpace: 'san' } : {}),
      }),
    ),
  }
}

function filterOf({ count, sameSite, differentRack, perSite }: Wish): SelectFilter {
  return {
    additionalPlaceCount: count,
    ...(sameSite ? { replicasOnSame: ['Aux/site'] } : {}),
    ...(differentRack ? { replicasOnDifferent: ['Aux/rack'] } : {}),
    ...(perSite === undefined ? {} : { xReplicasOnDifferent: { 'Aux/site': perSite } }),
  }
}

type Place = Spot & { readonly node: number; readonly index: number; readonly machine: Machine }

function placesOf({ machines }: Story): Place[] {
  return machines.flatMap((one, node) =>
    one.spots.map((each, index) => ({ ...each, node, index, machine: one })),
  )
}

function placeOf(story: Story, chosen: { node: string; pool: string }): Place {
  const found = placesOf(story).find(
    (each) => nameOf(each.node) === chosen.node && poolNameOf(each.index) === chosen.pool,
  )
  if (found === undefined) throw new Error('a pool was chosen that does not exist')
  return found
}

const sumOf = (set: readonly Place[]) => set.reduce((sum, each) => sum + each.freeGib, 0)

/**
 * The dumb twin: all subsets of all pools. The reference takes, for every start of the ranked
 * list, the first complete selection, and of those the one with the highest sum.
 */
function twin(story: Story) {
  const places = placesOf(story)
  const deployed = places.filter((each) => each.machine.deployed && each.index === 0)
  const ranked = places.toSorted((a, b) => b.freeGib - a.freeGib)
  const isValid = (set: readonly Place[]) => isAllowed(story.wish, deployed, set)
  const whole = subsets(ranked, story.wish.count).filter(isValid)
  const sums = ranked.flatMap((_, start) => {
    const first = whole.find((set) => set.every((each) => ranked.indexOf(each) >= start))
    return first === undefined ? [] : [sumOf(first)]
  })
  const sites = new Set(deployed.flatMap(({ machine: { site } }) => site ?? []))
  return { sums, isValid, undecidable: story.wish.sameSite && sites.size > 1 }
}

/** All subsets of `size` places, in the order in which a search would come upon them. */
function subsets<T>(of: readonly T[], size: number): T[][] {
  if (size === 0) return [[]]
  return of.flatMap((first, at) =>
    subsets(of.slice(at + 1), size - 1).map((rest) => [first, ...rest]),
  )
}

/** What replicas were put beside each other by hand is not judged: only what newcomers add. */
function isAllowed(wanted: Wish, deployed: readonly Place[], set: readonly Place[]): boolean {
  const all = [...deployed, ...set]
  const shares = (each: Place, key: 'site' | 'rack') =>
    all.filter(({ machine }) => machine[key] === each.machine[key]).length
  const agrees = (each: Place) =>
    each.machine.site !== undefined &&
    set.every(({ machine: { site } }) => site === each.machine.site) &&
    deployed.every(({ machine: { site } }) => site === undefined || site === each.machine.site)
  const isGood = (each: Place) =>
    !each.machine.offline &&
    !each.machine.deployed &&
    each.freeGib >= wanted.sizeGib &&
    all.every((other) => other === each || isCompatible(wanted, each, other)) &&
    (!wanted.sameSite || agrees(each)) &&
    (!wanted.differentRack || each.machine.rack === undefined || shares(each, 'rack') === 1) &&
    (wanted.perSite === undefined ||
      each.machine.site === undefined ||
      shares(each, 'site') <= wanted.perSite)
  return set.every(isGood) && partialSites(wanted, all) <= 1
}

function isCompatible({ mixing }: Wish, a: Place, b: Place): boolean {
  const kinds = [a, b].map(({ provider }) => (provider === 'ZFS_THIN' ? 'ZFS' : provider))
  const mixes = kinds[0] === kinds[1] || (mixing && !kinds.includes('FILE'))
  return a.node !== b.node && !(a.san && b.san) && mixes
}

/** Sites that have replicas, but fewer than the request puts on each. */
function partialSites({ perSite }: Wish, all: readonly Place[]): number {
  if (perSite === undefined) return 0
  const counts = ['a', 'b'].map((site) => all.filter((one) => one.machine.site === site).length)
  return counts.filter((count) => count > 0 && count < perSite).length
}
