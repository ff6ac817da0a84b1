/** A locked cluster: what is open stays open, but what closes does not come back by itself. */
import { refer } from '@varve/events'
import { encryptionStatus } from '../encryption.ts'
import type { Sight } from '../world.ts'
import type { Problem } from './problem.ts'

export function encryptionProblems({ state }: Sight): Problem[] {
  const { status, volumes } = encryptionStatus(state)
  if (status !== 'locked' || volumes === 0) return []
  const what = volumes === 1 ? 'an encrypted volume' : `${volumes} encrypted volumes`
  return [
    {
      level: 'warning',
      subject: refer('controller'),
      sentence: `The cluster is locked: a node that restarts cannot open its part of ${what}.`,
      remedy: 'varve encryption enter-passphrase',
    },
  ]
}
