/** Storage pools and their definitions: what is there, what has been promised. */
import {
  keyOf,
  nameKey,
  type ObservedPool,
  type PoolDefinition,
  type PoolProblem,
  type Props,
  type Provider,
  type StoragePool,
} from '@varve/events'
import { type Age, ageOf } from '../age.ts'
import { present } from '../present.ts'
import type { Sight } from '../world.ts'

export type StoragePoolRow = {
  readonly node: string
  readonly name: string
  readonly provider: Provider
  readonly backing: string
  /** Sum of the sizes of all volumes promised from the pool. */
  readonly reservedKib: number
  readonly volumes: number
  readonly observed?: Age & {
    readonly totalKib?: number
    readonly freeKib?: number
    readonly dataPercent?: number
    readonly metadataPercent?: number
    readonly problem?: PoolProblem
  }
}

export type StoragePoolDetail = StoragePoolRow & {
  readonly sharedSpace?: string
  readonly externalLocking?: boolean
  readonly granularityKib?: number
  readonly resources: number
  readonly props: Props
  readonly createdAt: number
}

export type PoolDefinitionRow = {
  readonly name: string
  readonly pools: number
  readonly props: Props
  readonly createdAt: number
}

export function storagePoolRow(sight: Sight, pool: StoragePool): StoragePoolRow {
  const usage = sight.state.poolUsage.get(keyOf(pool.node, pool.name))
  const seen = sight.observed.pool(pool.node, pool.name)
  return {
    node: pool.node,
    name: pool.name,
    provider: pool.provider,
    backing: pool.backing,
    reservedKib: usage?.reservedKib ?? 0,
    volumes: usage?.volumes ?? 0,
    ...(seen === undefined
      ? {}
      : {
          observed: {
            ...ageOf(sight, pool.node, seen.at),
            ...measured(seen),
          },
        }),
  }
}

export function storagePoolDetail(sight: Sight, pool: StoragePool): StoragePoolDetail {
  return {
    ...storagePoolRow(sight, pool),
    ...present({
      sharedSpace: pool.sharedSpace,
      externalLocking: pool.externalLocking,
      granularityKib: pool.granularityKib,
    }),
    resources: sight.state.poolUsage.get(keyOf(pool.node, pool.name))?.resources ?? 0,
    props: withoutSecrets(pool.props),
    createdAt: pool.origin.at,
  }
}

export function poolDefinitionRow(sight: Sight, definition: PoolDefinition): PoolDefinitionRow {
  return {
    name: definition.name,
    pools: sight.state.pools.countBy('name', nameKey(definition.name)),
    props: definition.props,
    createdAt: definition.origin.at,
  }
}

/** Passwords of self-encrypting drives are written, never shown (properties.md, section 0). */
function withoutSecrets(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([key]) => !key.startsWith('SED/')))
}

function measured({ totalKib, freeKib, dataPercent, metadataPercent, problem }: ObservedPool) {
  return present({ totalKib, freeKib, dataPercent, metadataPercent, problem })
}
