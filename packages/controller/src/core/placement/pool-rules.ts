/** The rules that judge a pool of a node that has passed its own. */
import {
  firstOf,
  formatKib,
  isRefusal,
  type Node,
  nameKey,
  type StoragePool,
  thinProviders,
} from '@varve/events'
import { type Answer, never, notNow, ok } from './answer.ts'
import type { Ask } from './ask.ts'
import { canRunProvider } from './capability.ts'
import { whyNotMixed } from './mixing.ts'
import { isNo } from './node-rules.ts'
import { minThinFreeKib, type Space } from './space.ts'

/** A pool with what was measured of it. */
export type Measured = Space & { readonly pool: StoragePool; readonly node: Node }

export type PoolRule = (ask: Ask, measured: Measured) => Answer

/** As with nodes: the rule, and whether this request can break it at all. */
const rules: readonly (readonly [string, PoolRule, (ask: Ask) => boolean])[] = [
  ['listed-pool', isListed, ({ pools }) => pools !== undefined],
  ['listed-provider', isListedProvider, ({ providers }) => providers !== undefined],
  ['autoplace-target', isTarget, always],
  ['provider', isUsable, always],
  ['pool-health', isWell, always],
  ['shared-space', isInNewSpace, ({ spaces }) => spaces.size > 0],
  ['mixed-pools', goesWithReplicas, ({ backings }) => backings.length > 0],
  ['free-space', hasRoom, ({ diskless }) => !diskless],
  ['thin-free-space', keepsThinReserve, always],
]

export function poolRulesOf(ask: Ask): readonly (readonly [string, PoolRule, unknown])[] {
  return rules.filter(([, , canFail]) => canFail(ask))
}

function always(): boolean {
  return true
}

function isListed({ pools }: Ask, { pool }: Measured): Answer {
  if (pools === undefined || pools.has(nameKey(pool.name))) return ok
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
function besideIn(ask: Ask, node: Node, pool: StoragePool): number {
  const needs = ask.needsOn?.(node.name)
  return !needs || isRefusal(needs) ? 0 : (needs.get(nameKey(pool.name)) ?? 0)
}

/** Unknown room counts as none, so only a resource without volumes fits there. */
function hasRoom(ask: Ask, { pool, node, roomKib }: Measured): Answer {
  const sizeKib = ask.sizeKib + besideIn(ask, node, pool)
  if ((roomKib ?? 0) >= sizeKib) return ok
  if (roomKib === undefined) {
    return notNow(`its free space is not known yet; ${formatKib(sizeKib)} are needed`)
  }
  return notNow(`it has room for ${formatKib(roomKib)}; ${formatKib(sizeKib)} are needed`)
}

function keepsThinReserve(ask: Ask, { pool, node, roomKib, totalKib }: Measured): Answer {
  if (!thinProviders.has(pool.provider)) return ok
  const chain = [pool.props, ask.definitionProps, ask.groupProps, node.props, ask.controllerProps]
  const least = minThinFreeKib(firstOf('Autoplacer/MinThinFreeSpace', chain), totalKib ?? 0)
  if ((roomKib ?? 0) >= least) return ok
  const has = formatKib(roomKib ?? 0)
  return notNow(`it has room for ${has}; Autoplacer/MinThinFreeSpace asks for ${formatKib(least)}`)
}
