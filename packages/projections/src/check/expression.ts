/**
 * What can be asked whether it holds: an invariant by name, all of them, or a count:
 * `good-copies of web >= 2`, `online-nodes >= 3`, `operations < 10`.
 */
import {
  brokenInvariants,
  definitionOf,
  invariants,
  isLive,
  nameKey,
  nodeOf,
  type Refusal,
  type ResourceDefinition,
  refuse,
  resourcesOf,
  type State,
  volumeDefinitionsOf,
  volumeOf,
} from '@varve/events'

/** Undefined: it holds; else sentences that say why not. */
export type Check = (state: State) => readonly string[] | undefined

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '=': (a, b) => a === b,
}

/** Counts of the whole cluster. */
const counts: Readonly<Record<string, (state: State) => number>> = {
  nodes: (state) => state.nodes.size,
  'online-nodes': (state) =>
    [...state.nodes.values()].filter(({ link }) => link.status === 'online').length,
  definitions: (state) => state.definitions.size,
  resources: (state) => state.resources.size,
  snapshots: (state) => state.snapshots.size,
  operations: (state) => state.operations.size,
  debts: (state) => state.debts.size,
}

/** Counts of one definition; without a name, of each that is not being deleted. */
const countsOfDefinition: Readonly<Record<string, (state: State, name: string) => number>> = {
  replicas: (state, name) =>
    resourcesOf(state, name).filter((row) => row.kind === 'diskful' && isLive(row)).length,
  'good-copies': goodCopies,
}

const form = /^\s*([a-z-]+)(?:\s+of\s+(\S+))?\s*(>=|<=|>|<|=)\s*(\d+)\s*$/

export function readCheck(text: string): Check | Refusal {
  const words = text.trim()
  if (words === 'all') return orHolds(brokenInvariants)
  const invariant = Object.hasOwn(invariants, words) ? invariants[words] : undefined
  if (invariant) return orHolds(invariant)
  const [, noun = '', name, sign = '', digits = ''] = form.exec(words) ?? []
  const compare = comparisons[sign]
  const wanted = `${sign} ${digits}`
  const holds = (count: number) => compare?.(count, Number(digits)) === true
  const count = Object.hasOwn(counts, noun) ? counts[noun] : undefined
  if (count && name === undefined) {
    return (state) => {
      const is = count(state)
      return holds(is) ? undefined : [`${noun}: ${is}, and not ${wanted}`]
    }
  }
  const each = Object.hasOwn(countsOfDefinition, noun) ? countsOfDefinition[noun] : undefined
  if (!each) return notUnderstood(words)
  return (state) => {
    const broken = subjects(state, name).flatMap((row) => {
      const is = each(state, row.name)
      return holds(is) ? [] : [`${noun} of ${row.name}: ${is}, and not ${wanted}`]
    })
    return broken.length === 0 ? undefined : broken
  }
}

const orHolds =
  (find: (state: State) => string[]): Check =>
  (state) => {
    const broken = find(state)
    return broken.length === 0 ? undefined : broken
  }

/** One that is not there holds what is asked of it: whoever asks about it looks for its change. */
function subjects(state: State, name: string | undefined): ResourceDefinition[] {
  if (name === undefined) return [...state.definitions.values()].filter(isLive)
  return [definitionOf(state, name) ?? []].flat()
}

/** Replicas on nodes that are online, with all their volumes UpToDate (or there, without DRBD). */
function goodCopies(state: State, name: string): number {
  const replicated = definitionOf(state, name)?.layers.includes('DRBD') ?? false
  const numbers = volumeDefinitionsOf(state, name).map(({ number }) => number)
  return resourcesOf(state, nameKey(name)).filter((row) => {
    if (row.kind !== 'diskful' || nodeOf(state, row.node)?.link.status !== 'online') return false
    return numbers.every((number) => {
      const volume = volumeOf(state, row.definition, row.node, number)
      return replicated ? volume?.disk === 'UpToDate' : volume?.deployedKib !== undefined
    })
  }).length
}

function notUnderstood(text: string): Refusal {
  const names = [...Object.keys(invariants), 'all'].join(', ')
  const lists = [...Object.keys(counts), ...Object.keys(countsOfDefinition)].join(', ')
  const problem = `${JSON.stringify(text)} is neither an invariant (${names}) nor a count of ${lists}`
  const remedy = 'For example: "good-copies of web >= 2".'
  return refuse('invalid-arguments', { subject: 'check', problem }, remedy)
}
