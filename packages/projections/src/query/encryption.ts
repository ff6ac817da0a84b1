/** Where the cluster's encryption stands: LINSTOR's three words and how many volumes depend on it. */
import { z } from 'zod'
import type { World } from '../world.ts'
import { defineQuery, type Query } from './define.ts'

export type EncryptionStatus = {
  readonly status: 'unset' | 'locked' | 'unlocked'
  /** Volume definitions whose data is encrypted. */
  readonly volumes: number
}

export const encryptionQueries = {
  encryption: defineQuery(
    z.strictObject({}),
    (world): EncryptionStatus => ({ status: statusOf(world), volumes: encryptedVolumes(world) }),
  ),
} as const satisfies Record<string, Query>

/** From the log: a key that was opened in an earlier term was another controller's, or was lost. */
function statusOf({ state }: World): EncryptionStatus['status'] {
  const row = state.encryption.get('')
  if (!row) return 'unset'
  return row.unlockedTerm === state.position.term ? 'unlocked' : 'locked'
}

function encryptedVolumes({ state }: World): number {
  let count = 0
  for (const row of state.volumeDefinitions.values()) if (row.luksKey !== undefined) count += 1
  return count
}
