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
      const mine = new Set([subjects.republish(node), subjects.republish('*')])
      const subscription = connection.subscribe(subjects.republish('*'), {
        callback: (error, { subject }) => {
          if (!error && mine.has(subject)) act()
        },
      })
      signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true })
    },
  }
}
