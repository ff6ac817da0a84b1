/** Nodes that must not be chosen because of a resource that they have (reference 7.3, rule 7). */
import {
  isLive,
  nameKey,
  type Refusal,
  type Resource,
  refuse,
  resourcesOf,
  type SelectFilter,
  type State,
} from '@varve/events'

/**
 * Node key → the sentence that says which resource forbids it. `staying`: resources of the
 * definition itself that are neither leaving nor about to be converted. A node whose own diskless
 * resource may be converted is still kept apart from the others.
 */
export function keepApart(
  state: State,
  filter: SelectFilter,
  own: { readonly definition: string | undefined; readonly staying: readonly Resource[] },
): ReadonlyMap<string, string> | Refusal {
  const apart = new Map<string, string>()
  const names = new Set(filter.notPlaceWith?.map(nameKey))
  const pattern = readPattern(filter.notPlaceWithRegex)
  if (typeof pattern === 'string') {
    return refuse('invalid-filter', { problem: `the not-place-with pattern ${pattern}` })
  }
  if (pattern) {
    for (const { name } of state.definitions.values()) {
      if (pattern.test(name)) names.add(nameKey(name))
    }
  }
  if (own.definition !== undefined) names.delete(nameKey(own.definition))
  for (const name of names) {
    for (const row of resourcesOf(state, name)) {
      if (!isLive(row)) continue
      apart.set(nameKey(row.node), `it has resource ${row.definition}, to be kept apart from`)
    }
  }
  for (const debt of debtsOf(state, own.definition)) {
    apart.set(nameKey(debt.node), `it still has what it had of ${debt.definition} before`)
  }
  for (const row of own.staying) {
    apart.set(nameKey(row.node), `it has a ${row.kind} resource of ${row.definition} already`)
  }
  return apart
}

const debtsOf = (state: State, definition: string | undefined) =>
  definition === undefined ? [] : state.debts.by('definition', nameKey(definition))

/**
 * Undefined without a pattern; a text says what is wrong with it. A repeated group that repeats
 * inside can take for ever on a name of 48 letters, and the one leader would stand still.
 */
function readPattern(text: string | undefined): RegExp | string | undefined {
  if (text === undefined || text === '') return undefined
  if (/[+*}][^()]*\)[+*{?]/.test(text)) return 'repeats a group that repeats itself'
  try {
    return new RegExp(text, 'i')
  } catch {
    return 'is not a regular expression'
  }
}
