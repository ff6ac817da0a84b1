/**
 * A placement request made ready: everything that does not depend on the node or pool is looked
 * up once, so that a rule is a few comparisons.
 */

import type { Promised } from '@varve/events'
import {
  controllerProps,
  definitionOf,
  groupOf,
  isDrbd84,
  isLive,
  isRefusal,
  type Layer,
  type Node,
  nameKey,
  nodeOf,
  type ObservedView,
  type Props,
  type Provider,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  resourcesOf,
  type State,
} from '@varve/events'
import { mayHaveCompanions } from '../allocate/companions.ts'
import type { Drbd84View } from './capability.ts'
import { runLayers } from './capability.ts'
import { type Constraints, readConstraints } from './constraint.ts'
import type { Count } from './count.ts'
import { sharedSpaceOf } from './count.ts'
import { keepApart } from './keep-apart.ts'
import { type Backing, backingsOf, isMixingAllowed } from './mixing.ts'
import { companionNeeds, type Needs } from './needs.ts'
import type { PlacementRequest } from './request.ts'
import { guardsThinPools, incomingKibOf } from './thin-guard.ts'

export type Ask = {
  readonly state: State
  readonly observed: ObservedView
  readonly sizeKib: number
  readonly needed: number
  readonly diskless: boolean
  /** What each new replica writes at once, and whether thin pools are to be kept from that. */
  readonly incomingKib: number
  readonly guardsThin: boolean
  readonly layers: readonly Layer[]
  /** What the volumes take of a node beside their data, or why they cannot; of most it is nothing. */
  readonly needsOn: ((node: string) => Needs | Refusal) | undefined
  /** Allowed nodes, pools (keys) and providers; undefined: all. */
  readonly nodes: ReadonlySet<string> | undefined
  readonly pools: ReadonlySet<string> | undefined
  readonly providers: ReadonlySet<Provider> | undefined
  readonly except: ReadonlySet<string>
  /** Node key → what the node has that forbids it: the resource itself or one to keep away from. */
  readonly apart: ReadonlyMap<string, string>
  /** Nodes (keys) from which the resource is just being removed. */
  readonly leaving: ReadonlySet<string>
  readonly constraints: Constraints
  /** Storage and shared spaces of the replicas that stay. */
  readonly backings: readonly Backing[]
  readonly spaces: ReadonlySet<string>
  readonly mixing: boolean
  readonly drbd84: Drbd84View
  readonly definitionProps: Props | undefined
  readonly groupProps: Props | undefined
  readonly controllerProps: Props
  /** Sums of shared spaces, filled on first use. */
  readonly sharedPromised: Map<string, Promised>
}

export function prepareAsk(
  state: State,
  observed: ObservedView,
  request: PlacementRequest & { readonly count: Count },
): Ask | Refusal {
  const { filter, count, definition: name } = request
  const diskless = request.diskless ?? false
  const all = name === undefined ? [] : resourcesOf(state, name)
  const ignored = setOf(request.ignoreNodes?.map(nameKey)) ?? nobody
  const live = all.filter((row) => isLive(row) && !ignored.has(nameKey(row.node)))
  // Who makes way takes part in no constraint, but its node is taken.
  const staying = live.filter((row) => !isConvertible(row, diskless) && !row.leaving)
  const deployed = staying
    .map((row) => nodeOf(state, row.node))
    .filter((node) => node && isLive(node))
  const nodes = deployed as readonly Node[] // The filter above has removed the missing ones.
  const constraints = readConstraints(filter, nodes)
  if (isRefusal(constraints)) return constraints
  const apart = keepApart(state, filter, { definition: name, staying })
  if (isRefusal(apart)) return apart
  const definition = name === undefined ? undefined : definitionOf(state, name)
  return {
    state,
    observed,
    sizeKib: request.sizeKib,
    needed: count.needed,
    diskless,
    incomingKib: name === undefined || diskless ? 0 : incomingKibOf(state, observed, name),
    guardsThin: !diskless && guardsThinPools(state, definition),
    layers: runLayers(request.layers, diskless),
    needsOn:
      !diskless && definition && mayHaveCompanions(state, definition)
        ? needsOf(state, definition)
        : undefined,
    nodes: setOf(filter.nodes?.map(nameKey)),
    pools: setOf((diskless ? filter.disklessPools : filter.pools)?.map(nameKey)),
    providers: diskless ? undefined : setOf(filter.providers),
    except: setOf(request.exceptNodes?.map(nameKey)) ?? nobody,
    apart,
    leaving: nodesOf(
      all.filter((row) => !isLive(row) || row.leaving || (row.removing && !diskless)),
    ),
    constraints,
    backings: staying.flatMap((row) => backingsOf(state, row.definition, row.node)),
    spaces: spacesOf(state, staying),
    mixing: staying.length + count.needed > 1 && isMixingAllowed(state, name),
    drbd84: {
      old: nodes.find((node) => isDrbd84(node.capabilities))?.name,
      disklessNodes: nodesOf(live.filter((row) => row.kind !== 'diskful')),
      // Those that make way or are being deleted are there so long, and DRBD has to join them all.
      replicas: all.filter((row) => row.kind === 'diskful').length + count.needed,
      diskless,
    },
    definitionProps: definition?.props,
    groupProps: definition && groupOf(state, definition.group)?.props,
    controllerProps: controllerProps(state),
    sharedPromised: new Map(),
  }
}

const nobody: ReadonlySet<string> = new Set()

/** Keys of the nodes that these resources are on. */
function nodesOf(rows: readonly Resource[]): ReadonlySet<string> {
  return setOf(rows.map((row) => nameKey(row.node))) ?? nobody
}

/** Each node is asked about once by its own rules, and once by those of each of its pools. */
function needsOf(state: State, definition: ResourceDefinition): NonNullable<Ask['needsOn']> {
  const known = new Map<string, Needs | Refusal>()
  return (node) => {
    const needs = known.get(node) ?? companionNeeds(state, definition, node)
    known.set(node, needs)
    return needs
  }
}

/**
 * Diskless resources may become diskful where they are, and a tie-breaker may become an ordinary
 * diskless resource: their nodes are candidates as if they were not there.
 */
function isConvertible(row: Resource, diskless: boolean): boolean {
  return diskless ? row.kind === 'tie-breaker' : row.kind !== 'diskful'
}

/** An empty list asks for nothing, so it is no restriction (reference 7.1). */
function setOf<T>(values: readonly T[] | undefined): ReadonlySet<T> | undefined {
  return values === undefined || values.length === 0 ? undefined : new Set(values)
}

function spacesOf(state: State, rows: readonly Resource[]): ReadonlySet<string> {
  const spaces = new Set<string>()
  for (const row of rows) {
    const space = sharedSpaceOf(state, row)
    if (space !== undefined) spaces.add(space)
  }
  return spaces
}
