/**
 * The leader's pen: a block goes to the stream and to the journal at the same time, and counts as
 * stored when both have it.
 *
 * What a crash leaves behind, and what the next start (reconcile.ts) makes of it:
 * - in neither: nothing happened; the sender, unanswered, sends again.
 * - in the stream alone: the journal takes it from there.
 * - in the journal alone: it is the last line, and nobody was told. The next leader on this
 *   machine appends it if the stream still ends before it; if another leader has been faster, it
 *   is set aside.
 */

import { blockLimitBytes } from '@varve/events'
import type { Journal } from './journal.ts'
import type { AppendOptions, AppendResult, LogStream } from './port.ts'

/** As of the stream, with the hash that the next block has to name. */
export type Written =
  | (Extract<AppendResult, { kind: 'stored' }> & { readonly hash: string })
  | Exclude<AppendResult, { kind: 'stored' }>

export type LogWriter = {
  /**
   * Stores the block that follows the journal's last one; one at a time. After `deposed` and after
   * any error the writer is no leader any more: it must reconcile and fold again.
   */
  append(bytes: Uint8Array, options?: AppendOptions): Promise<Written>
}

export function logWriter(journal: Journal, stream: LogStream): LogWriter {
  return {
    async append(bytes, options) {
      if (bytes.length > blockLimitBytes) {
        throw new Error(`a block of ${bytes.length} bytes is over the limit of ${blockLimitBytes}`)
      }
      const { sequence } = journal.last
      const [written, sent] = await Promise.allSettled([
        journal.append([bytes]),
        stream.append(bytes, sequence, options),
      ])
      if (written.status === 'rejected') throw written.reason
      // Unclear: the line stays, since the block may be in the stream.
      if (sent.status === 'rejected') throw sent.reason
      if (sent.value.kind === 'stored') return { ...sent.value, hash: journal.last.hash }
      await journal.retract(sequence + 1)
      return sent.value
    },
  }
}
