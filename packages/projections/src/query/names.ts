/** Names that begin like this: what shell completion asks for at every key press. */
import { nameKey, nearestOf, type State } from '@varve/events'

export const nameKinds = [
  'node',
  'storage-pool-definition',
  'resource-group',
  'resource-definition',
  'operation',
] as const
export type NameKind = (typeof nameKinds)[number]

type Named = {
  keys(): readonly string[]
  get(key: string): { name: string } | { id: string } | undefined
}

export function namesOf(
  state: State,
  { kind, prefix, limit }: { kind: NameKind; prefix: string; limit: number },
): string[] {
  const table = tableOf(state, kind)
  const keys = table.keys()
  const begin = kind === 'operation' ? prefix : nameKey(prefix)
  const names: string[] = []
  for (let i = firstNotBelow(keys, begin); i < keys.length && names.length < limit; i += 1) {
    const key = keys[i] ?? ''
    if (!key.startsWith(begin)) break
    const record = table.get(key)
    if (record) names.push('name' in record ? record.name : record.id)
  }
  return names
}

/**
 * The name that was most likely meant; undefined when none is near. Looks at all of them, so it is
 * for whoever has mistyped one only.
 */
export function nearestName(
  state: State,
  { kind, word }: { kind: NameKind; word: string },
): string | undefined {
  const table = tableOf(state, kind)
  const record = table.get(nearestOf(word, table.keys()) ?? '')
  if (record === undefined) return undefined
  return 'name' in record ? record.name : record.id
}

function tableOf(state: State, kind: NameKind): Named {
  switch (kind) {
    case 'node':
      return state.nodes
    case 'storage-pool-definition':
      return state.poolDefinitions
    case 'resource-group':
      return state.groups
    case 'resource-definition':
      return state.definitions
    case 'operation':
      return state.operations
  }
}

/** Binary search in sorted keys. */
function firstNotBelow(keys: readonly string[], wanted: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] ?? '') < wanted) low = middle + 1
    else high = middle
  }
  return low
}
