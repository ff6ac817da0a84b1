/** "Which object?" as people write it: `web`, `web/n1`, `n1`, `node/n1`, `resource/web/n1`. */
import { nouns, type Reference, refer, type TableName } from '@varve/events'
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
      refer('snapshot', ...names),
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

/** Nouns whose objects stand in a table of their own, keyed by their names. */
const tables: Readonly<Record<string, TableName>> = {
  'resource-definition': 'definitions',
  node: 'nodes',
  'resource-group': 'groups',
  'storage-pool-definition': 'poolDefinitions',
  resource: 'resources',
  'volume-definition': 'volumeDefinitions',
  'storage-pool': 'pools',
  'device-pool': 'devicePools',
  'volume-group': 'volumeGroups',
  volume: 'volumes',
  snapshot: 'snapshots',
  'key-value-store': 'keyValueStores',
  remote: 'remotes',
  webhook: 'webhooks',
  schedule: 'schedules',
  member: 'members',
  'auth-token': 'authTokens',
}

function exists({ state }: World, reference: Reference): boolean {
  const [noun = '', ...names] = reference.toLowerCase().split('/')
  const table = tables[noun]
  return table !== undefined && state[table].has(names.join('/'))
}
