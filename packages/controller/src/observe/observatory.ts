/**
 * Sees what satellites report: keeps the newest of everything, on every controller, and on the
 * leader turns it into facts. Live messages come over core NATS; what was reported before this
 * controller started is read from the stream once.
 */
import { performance } from 'node:perf_hooks'
import { jetstreamManager } from '@nats-io/jetstream'
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import { type State, streams, subjectsOf } from '@varve/events'
import { lastPerSubject } from '../publish/last-per-subject.ts'
import { everyPunctual } from './punctual.ts'
import type { Observation } from './store.ts'
import { createWitness, tickMs, type Witness } from './witness.ts'

export type Observatory = AsyncDisposable & Pick<Witness, 'store' | 'report' | 'follow'>

type ObservatoryOptions = {
  readonly connection: NatsConnection
  readonly cluster: string
  readonly state: () => State
  /** Wall clock, ms since epoch. */
  readonly now: () => number
  readonly onReport?: (observation: Observation) => void
}

export async function openObservatory(options: ObservatoryOptions): Promise<Observatory> {
  const { connection, cluster, state, now } = options
  const subjects = subjectsOf(cluster)
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const { store, ...witness } = createWitness({
    subjects,
    state,
    monotonic: () => performance.now(),
    now,
    askAgain: (node) => connection.publish(subjects.republish(node), ''),
    // A report that cannot be removed now is of no harm: nobody asks for it any more.
    purge: (filter) => {
      manager.streams.purge(streams.observed, { filter }).catch(() => undefined)
    },
    onReport: options.onReport,
  })
  const live = listen(connection, subjects.allObserved, (message) =>
    witness.takeReport(message.subject, message.string()),
  )
  const beats = listen(connection, subjects.heartbeats, (message) =>
    witness.takeHeartbeat(message.subject, message.string()),
  )
  const ticking = everyPunctual(tickMs, witness.tick)
  try {
    for await (const { subject, text } of lastPerSubject(connection, streams.observed)) {
      if (!store.has(subject)) store.take(subject, text)
    }
  } catch {
    // The server that keeps it is down: the satellites know it all, too.
    connection.publish(subjects.republishAll)
  }
  return {
    store,
    report: witness.report,
    follow: witness.follow,
    [Symbol.asyncDispose]: async () => {
      ticking[Symbol.dispose]()
      for (const subscription of [live, beats]) subscription.unsubscribe()
    },
  }
}

function listen(connection: NatsConnection, subject: string, take: (message: Msg) => void) {
  return connection.subscribe(subject, {
    callback: (error, message) => {
      if (!error) take(message)
    },
  })
}
