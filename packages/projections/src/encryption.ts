/** Where the cluster's encryption stands: LINSTOR's three words and how many volumes depend on it. */
import type { State } from '@varve/events'

export type EncryptionStatus = {
  readonly status: 'unset' | 'locked' | 'unlocked'
  /** Volume definitions whose data is encrypted. */
  readonly volumes: number
}

/** From the log: a key that was opened in an earlier term was another controller's, or was lost. */
export function encryptionStatus(state: State): EncryptionStatus {
  const row = state.encryption.get('')
  const volumes = row ? encryptedVolumes(state) : 0
  if (!row) return { status: 'unset', volumes }
  return { status: row.unlockedTerm === state.position.term ? 'unlocked' : 'locked', volumes }
}

function encryptedVolumes(state: State): number {
  let count = 0
  for (const row of state.volumeDefinitions.values()) if (row.luksKey !== undefined) count += 1
  return count
}
