/** The rules that judge a pool of a node that has passed its own. */
import {
  formatKib,
  isRefusal,
  minThinFreeKib,
  type Node,
  type Space,
  type StoragePool,
  thinProviders,
  toldApart,
} from '@varve/events'
import { type Answer, never, notNow, ok } from './answer.ts'
import type { Ask } from './ask.ts'
import { canRunProvider } from './capability.ts'
import { whyNotMixed } from './mixing.ts'
import { isNo } from './node-rules.ts'
import { whyNearlyFull } from './thin-guard.ts'

/** A pool with what was measured of it. */
export type Measured = {
  readonly pool: StoragePool
  readonly node: Node
  readonly poolKey: string
  readonly space: Space
}

export type PoolRule = (ask: Ask, measured: Measured) => Answer

/** As with nodes. */
type Rule = {
  readonly name: string
  readonly judge: PoolRule
  readonly canFail: (ask: Ask) => boolean
}

const rules: readonly Rule[] = [
  { name: 'listed-pool', judge: isListed, canFail: ({ pools }) => pools !== undefined },
  {
    name: 'listed-provider',
    judge: isListedProvider,
    canFail: ({ providers }) => providers !== undefined,
  },
  { name: 'autoplace-target', judge: isTarget, canFail: always },
  { name: 'provider', judge: isUsable, canFail: always },
  { name: 'pool-health', judge: isWell, canFail: always },
  { name: 'shared-space', judge: isInNewSpace, canFail: ({ spaces }) => spaces.size > 0 },
  { name: 'mixed-pools', judge: goesWithReplicas, canFail: ({ backings }) => backings.length > 0 },
  { name: 'free-space', judge: hasRoom, canFail: ({ diskless }) => !diskless },
  { name: 'thin-free-space', judge: keepsThinReserve, canFail: always },
  { name: 'thin-pool-guard', judge: isGuarded, canFail: ({ guardsThin }) => guardsThin },
]

export function poolRulesOf(ask: Ask): readonly Rule[] {
  return rules.filter(({ canFail }) => canFail(ask))
}

function always(): boolean {
  return true
}

function isListed({ pools }: Ask, { poolKey }: Measured): Answer {
  if (pools === undefined || pools.has(poolKey)) return ok
  return never('it is not in the list of storage pools')
}

function isListedProvider({ providers }: Ask, { pool }: Measured): Answer {
  if (providers === undefined || providers.has(pool.provider)) return ok
  return never(`its provider ${pool.provider} is not in the list of providers`)
}

function isTarget(_ask: Ask, { pool }: Measured): Answer {
  return isNo(pool.props.AutoplaceTarget) ? never('property AutoplaceTarget is false') : ok
}

function isUsable(_ask: Ask, { pool, node }: Measured): Answer {
  return canRunProvider(node, pool.provider)
}

function isWell(_ask: Ask, { pool }: Measured): Answer {
  return pool.problem === undefined ? ok : notNow(`it cannot be used: ${pool.problem.text}`)
}

/** Two replicas in one space would be two copies on the same disks. */
function isInNewSpace({ spaces }: Ask, { pool }: Measured): Answer {
  if (pool.sharedSpace === undefined || !spaces.has(pool.sharedSpace)) return ok
  return never(`a replica is in its shared space ${pool.sharedSpace} already`)
}

function goesWithReplicas({ backings, mixing }: Ask, { pool, node }: Measured): Answer {
  for (const backing of backings) {
    const reason = whyNotMixed({ provider: pool.provider, node }, backing, mixing)
    if (reason !== undefined) return never(reason)
  }
  return ok
}

/** What the volumes put into this very pool beside their data. */
function besideIn(ask: Ask, { node, poolKey }: Measured): number {
  const needs = ask.needsOn?.(node.name)
  return !needs || isRefusal(needs) ? 0 : (needs.get(poolKey) ?? 0)
}

/** Unknown room counts as none, so only a resource without volumes fits there. */
function hasRoom(ask: Ask, measured: Measured): Answer {
  const { roomKib } = measured.space
  const sizeKib = ask.sizeKib + besideIn(ask, measured)
  if ((roomKib ?? 0) >= sizeKib) return ok
  if (roomKib === undefined) {
    return notNow(`its free space is not known yet; ${formatKib(sizeKib)} are needed`)
  }
  const [has, needs] = toldApart(roomKib, sizeKib)
  return notNow(`it has room for ${has}; ${needs} are needed`)
}

function keepsThinReserve(ask: Ask, { pool, node, space }: Measured): Answer {
  if (!thinProviders.has(pool.provider)) return ok
  const { roomKib, totalKib } = space
  const asked =
    pool.props[thinReserve] ??
    ask.definitionProps?.[thinReserve] ??
    ask.groupProps?.[thinReserve] ??
    node.props[thinReserve] ??
    ask.controllerProps[thinReserve]
  const least = minThinFreeKib(asked, totalKib ?? 0)
  if ((roomKib ?? 0) >= least) return ok
  const [has, asks] = toldApart(roomKib ?? 0, least)
  return notNow(`it has room for ${has}; Autoplacer/MinThinFreeSpace asks for ${asks}`)
}

function isGuarded({ state, observed, incomingKib }: Ask, measured: Measured): Answer {
  const problem = whyNearlyFull(state, observed, measured, incomingKib)
  return problem === undefined ? ok : notNow(`it ${problem}`)
}

const thinReserve = 'Autoplacer/MinThinFreeSpace'
