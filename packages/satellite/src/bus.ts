/** What a satellite needs of its cluster: a way for words out, documents in, and news of the way. */
import type { NatsConnection } from '@nats-io/transport-node'
import { subjectsOf } from '@varve/events'
import { type DocumentsFollower, followDocuments } from './documents.ts'
import { createLink, type Link } from './link.ts'
import type { Clock, Log } from './ports.ts'

export type Bus = Link & {
  /** Delivers what this node shall have, the newest of each, until the signal is aborted. */
  readonly followDocuments: (follower: DocumentsFollower) => Promise<void>
  /** Calls back whenever this node, or everybody, is asked to tell all again. */
  readonly onRepublish: (act: () => void) => void
}

export function natsBus(options: {
  readonly connection: NatsConnection
  readonly cluster: string
  readonly node: string
  /** Where the server offers JetStream's API to us, when that is another account's. */
  readonly apiPrefix?: string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}): Bus {
  const { connection, node, log, signal } = options
  const subjects = subjectsOf(options.cluster)
  const link = createLink(connection, log, signal)
  return {
    ...link,
    followDocuments: (follower) =>
      followDocuments({ ...options, ...follower, subjects, connected: link.connected }),
    onRepublish: (act) => {
      for (const subject of [subjects.republish(node), subjects.republishAll]) {
        const subscription = connection.subscribe(subject, {
          callback: (error) => {
            if (!error) act()
          },
        })
        signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true })
      }
    },
  }
}
