/** "Which object?" as people write it: `web`, `web/n1`, `n1`, `node/n1`, `resource/web/n1`. */
import { nouns, type Reference, refer } from '@varve/events'
import type { World } from './world.ts'

/**
 * The object that a text means, or undefined. A reference with its noun is taken as it is; a bare
 * name is looked for among definitions, nodes, groups and pools, then among those that are gone.
 */
export function findObject(world: World, text: string): Reference | undefined {
  const [noun, ...names] = text.split('/')
  if (nouns.some((one) => one === noun) && (names.length > 0 || noun === 'controller')) {
    // Checked just above: the text begins with a noun.
    return text as Reference
  }
  const candidates = candidatesOf(text)
  return (
    candidates.find((reference) => exists(world, reference)) ??
    candidates.find((reference) => world.history.has(reference))
  )
}

function candidatesOf(text: string): Reference[] {
  const names = text.split('/')
  if (names.length === 3) return [refer('volume', ...names)]
  if (names.length === 2) {
    return [
      refer('resource', ...names),
      refer('volume-definition', ...names),
      refer('storage-pool', ...names),
      refer('volume-group', ...names),
    ]
  }
  return [
    refer('resource-definition', text),
    refer('node', text),
    refer('resource-group', text),
    refer('storage-pool-definition', text),
  ]
}

function exists({ state }: World, reference: Reference): boolean {
  const [noun, ...names] = reference.toLowerCase().split('/')
  const key = names.join('/')
  switch (noun) {
    case 'resource-definition':
      return state.definitions.has(key)
    case 'node':
      return state.nodes.has(key)
    case 'resource-group':
      return state.groups.has(key)
    case 'storage-pool-definition':
      return state.poolDefinitions.has(key)
    case 'resource':
      return state.resources.has(key)
    case 'volume-definition':
      return state.volumeDefinitions.has(key)
    case 'storage-pool':
      return state.pools.has(key)
    case 'volume-group':
      return state.volumeGroups.has(key)
    case 'volume':
      return state.volumes.has(key)
    default:
      return false
  }
}
