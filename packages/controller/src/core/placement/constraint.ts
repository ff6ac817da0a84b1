/**
 * Constraints between replicas by the properties of their nodes: the same value, different
 * values, at most so many per value (reference 7.3, rules 3 and 4).
 */
import type { Node, Refusal, SelectFilter } from '@varve/events'
import { refuse } from '@varve/events'

type SameRule = {
  readonly key: string
  /** The value to have; undefined: whatever the first chosen node has. */
  readonly value: string | undefined
}

export type DifferentRule = {
  readonly key: string
  /** Replicas that may share one value. */
  readonly limit: number
  /** Values of the nodes that have replicas, with how many. */
  readonly used: ReadonlyMap<string, number>
}

export type Constraints = {
  readonly same: readonly SameRule[]
  readonly different: readonly DifferentRule[]
  /** Values that a node must not have. */
  readonly forbidden: readonly { readonly key: string; readonly value: string }[]
}

/** `deployed`: nodes that keep a replica. Refuses when they contradict each other already. */
export function readConstraints(
  filter: SelectFilter,
  deployed: readonly Node[],
): Constraints | Refusal {
  const same: SameRule[] = []
  for (const entry of filter.replicasOnSame ?? []) {
    const { key, value } = readEntry(entry)
    const values = value === undefined ? valuesOf(key, deployed) : [value]
    if (values.length > 1) {
      const problem = `replicas are to be on the same ${key}, but are on ${values.join(' and ')}`
      const remedy = `Remove the replicas of all ${key} but one.`
      return refuse('undecidable-placement', { problem }, remedy)
    }
    same.push({ key, value: values[0] })
  }
  return { same, ...readDifferent(filter, deployed) }
}

/** `key=value` or a bare `key`; only the first `=` parts. */
export function readEntry(entry: string): { key: string; value: string | undefined } {
  const at = entry.indexOf('=')
  return at === -1
    ? { key: entry, value: undefined }
    : { key: entry.slice(0, at), value: entry.slice(at + 1) }
}

/** How many more replicas may go to nodes with this value. */
export function remainingOf(rule: DifferentRule, value: string): number {
  return rule.limit - (rule.used.get(value) ?? 0)
}

function readDifferent(
  filter: SelectFilter,
  deployed: readonly Node[],
): Pick<Constraints, 'different' | 'forbidden'> {
  const limits = new Map<string, number>()
  const forbidden: { key: string; value: string }[] = []
  for (const entry of filter.replicasOnDifferent ?? []) {
    const { key, value } = readEntry(entry)
    if (value === undefined) limits.set(key, 1)
    else forbidden.push({ key, value })
  }
  for (const [key, limit] of Object.entries(filter.xReplicasOnDifferent ?? {})) {
    limits.set(key, limit)
  }
  const different = [...limits].map(([key, limit]) => ({ key, limit, used: tally(key, deployed) }))
  return { different, forbidden }
}

function tally(key: string, nodes: readonly Node[]): Map<string, number> {
  const used = new Map<string, number>()
  for (const { props } of nodes) {
    const value = props[key]
    if (value !== undefined) used.set(value, (used.get(value) ?? 0) + 1)
  }
  return used
}

function valuesOf(key: string, nodes: readonly Node[]): string[] {
  return [...tally(key, nodes).keys()].sort()
}
