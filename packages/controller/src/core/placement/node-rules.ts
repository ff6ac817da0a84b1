/** The rules that judge a node, in the order in which people want to hear them. */
import {
  formatKib,
  isLive,
  isRefusal,
  type Node,
  poolOf,
  refusalText,
  spaceOf,
} from '@varve/events'
import { type Answer, never, notNow, ok } from './answer.ts'
import type { Ask } from './ask.ts'
import { canRunLayer, canRunProvider, keepsDrbd84Limits } from './capability.ts'
import { remainingOf } from './constraint.ts'

export type NodeRule = (ask: Ask, node: Node, key: string) => Answer

type Rule = {
  /** As explanations show it. */
  readonly name: string
  readonly judge: NodeRule
  /** Whether this request can break it at all: what is not asked for is not looked for on each node. */
  readonly canFail: (ask: Ask) => boolean
}

const rules: readonly Rule[] = [
  { name: 'excluded-node', judge: isNotExcluded, canFail: ({ except }) => except.size > 0 },
  { name: 'listed-node', judge: isListed, canFail: ({ nodes }) => nodes !== undefined },
  { name: 'own-replica', judge: hasNoResourceToAvoid, canFail: ({ apart }) => apart.size > 0 },
  { name: 'leaving-replica', judge: isNotLeaving, canFail: ({ leaving }) => leaving.size > 0 },
  { name: 'node-stays', judge: isStaying, canFail: always },
  { name: 'node-online', judge: isOnline, canFail: always },
  { name: 'autoplace-target', judge: isTarget, canFail: always },
  { name: 'layers', judge: runsLayers, canFail: ({ layers }) => layers.length > 0 },
  {
    name: 'companion-pools',
    judge: hasCompanionPools,
    canFail: ({ needsOn }) => needsOn !== undefined,
  },
  { name: 'drbd-8.4', judge: fitsDrbd84, canFail: ({ layers }) => layers.includes('DRBD') },
  {
    name: 'replicas-on-same',
    judge: hasSameValues,
    canFail: ({ constraints }) => constraints.same.length > 0,
  },
  { name: 'replicas-on-different', judge: hasDifferentValues, canFail: always },
]

export function nodeRulesOf(ask: Ask): readonly Rule[] {
  return rules.filter(({ canFail }) => canFail(ask))
}

function always(): boolean {
  return true
}

function isNotExcluded({ except }: Ask, _node: Node, key: string): Answer {
  return except.has(key) ? never('the request excludes it') : ok
}

function isListed({ nodes }: Ask, _node: Node, key: string): Answer {
  return nodes === undefined || nodes.has(key) ? ok : never('it is not in the list of nodes')
}

function hasNoResourceToAvoid({ apart }: Ask, _node: Node, key: string): Answer {
  const reason = apart.get(key)
  return reason === undefined ? ok : never(reason)
}

function isNotLeaving({ leaving }: Ask, _node: Node, key: string): Answer {
  return leaving.has(key) ? notNow('the resource is still being removed from it') : ok
}

function isStaying(_ask: Ask, node: Node): Answer {
  if (node.evacuation) return never('it is being emptied, or was: varve node restore')
  return isLive(node) ? ok : never('it is being deleted')
}

function isOnline(_ask: Ask, { link }: Node): Answer {
  if (link.status === 'online') return ok
  return notNow(link.status === 'offline' ? 'it is offline' : 'its satellite has never connected')
}

/** `AutoplaceTarget=false` keeps the autoplacer away; placing by hand still works. */
function isTarget({ controllerProps }: Ask, node: Node): Answer {
  const value = node.props.AutoplaceTarget ?? controllerProps.AutoplaceTarget
  return isNo(value) ? never('property AutoplaceTarget is false') : ok
}

export function isNo(value: string | undefined): boolean {
  return value !== undefined && ['false', 'no'].includes(value.toLowerCase())
}

function runsLayers({ layers }: Ask, node: Node): Answer {
  for (const layer of layers) {
    const answer = canRunLayer(node, layer)
    if (answer.answer !== 'ok') return answer
  }
  return ok
}

/** Caches and external metadata go to pools that the properties name, on the very node. */
function hasCompanionPools(ask: Ask, node: Node): Answer {
  const needs = ask.needsOn?.(node.name) ?? new Map<string, number>()
  if (isRefusal(needs))
    return never(`it cannot hold all that the volumes are: ${refusalText(needs)}`)
  for (const [name, sizeKib] of needs) {
    const pool = poolOf(ask.state, node.name, name)
    const able = pool && canRunProvider(node, pool.provider)
    if (able && able.answer !== 'ok') return able
    if (pool?.problem) {
      return notNow(`its pool ${name} cannot be used: ${pool.problem.text}`)
    }
    const room = pool && spaceOf(ask.state, ask.observed, pool).roomKib
    if (room !== undefined && room >= sizeKib) continue
    const has = room === undefined ? 'is not known yet' : `is ${formatKib(room)}`
    return notNow(`the room of its pool ${name} ${has}; ${formatKib(sizeKib)} are needed there`)
  }
  return ok
}

function fitsDrbd84({ drbd84 }: Ask, node: Node): Answer {
  return keepsDrbd84Limits(node, drbd84)
}

function hasSameValues({ constraints }: Ask, { props }: Node): Answer {
  for (const { key, value } of constraints.same) {
    const has = props[key]
    if (has === undefined) return never(`it has no property ${key}`)
    if (value !== undefined && has !== value) {
      return never(`its ${key} is ${has}; replicas are to be on ${value}`)
    }
  }
  return ok
}

/** A node without the property differs from every other. */
function hasDifferentValues({ constraints }: Ask, { props }: Node): Answer {
  for (const { key, value } of constraints.forbidden) {
    if (props[key] === value) return never(`its ${key} is ${value}, which the request forbids`)
  }
  for (const rule of constraints.different) {
    const has = props[rule.key]
    if (has !== undefined && remainingOf(rule, has) <= 0) {
      const full = rule.limit === 1 ? 'a replica' : `${rule.limit} replicas`
      return never(`its ${rule.key} is ${has}, where there is ${full} already`)
    }
  }
  return ok
}
