/**
 * Every verb there is, as data: help and dispatch read this table, and only the module of the verb
 * that runs is loaded. LINSTOR's names and short names are kept.
 */

import type { Verb } from './verb.ts'
import {
  authTokenVerbs,
  clusterVerbs,
  encryptionVerbs,
  memberVerbs,
  policyVerbs,
} from './verbs-cluster.ts'
import { keptVerbs } from './verbs-kept.ts'
import { connectionVerbs, nodeVerbs, physicalVerbs, poolVerbs } from './verbs-machine.ts'
import { definitionVerbs, groupVerbs, resourceVerbs, snapshotVerbs } from './verbs-volume.ts'

export const nounAliases: Readonly<Record<string, readonly string[]>> = {
  node: ['n'],
  'net-interface': ['ni', 'interface'],
  'storage-pool': ['sp'],
  'storage-pool-definition': ['spd'],
  'physical-storage': ['ps'],
  'resource-group': ['rg'],
  'volume-group': ['vg'],
  'resource-definition': ['rd'],
  'volume-definition': ['vd'],
  resource: ['r'],
  volume: ['v'],
  'node-connection': ['nc'],
  'resource-connection': ['rc'],
  snapshot: ['s'],
  controller: ['c'],
  operation: ['op'],
  encryption: ['e'],
  'key-value-store': ['kv'],
}

export const verbs: readonly Verb[] = [
  ...nodeVerbs,
  ...connectionVerbs,
  ...poolVerbs,
  ...physicalVerbs,
  ...groupVerbs,
  ...definitionVerbs,
  ...resourceVerbs,
  ...snapshotVerbs,
  ...clusterVerbs,
  ...encryptionVerbs,
  ...keptVerbs,
  ...memberVerbs,
  ...authTokenVerbs,
  ...policyVerbs,
]

/** The verb that two words mean, in long or short form. */
export function findVerb(noun: string, verb: string | undefined): Verb | undefined {
  const full = Object.entries(nounAliases).find(([, short]) => short.includes(noun))?.[0] ?? noun
  const own = verbs.filter((row) => row.noun === full)
  return (
    own.find((row) => row.verb === '') ??
    own.find((row) => row.verb === verb || (verb !== undefined && row.aliases?.includes(verb)))
  )
}
