/**
 * Sees what satellites report: keeps the newest of everything, on every controller, and on the
 * leader turns it into facts. Live messages come over core NATS; what was reported before this
 * controller started is read from the stream once.
 */
import { type State, streams, subjectsOf } from '@varve/events'
import type { Edge } from '../edge/port.ts'
import { purge } from '../log/jetstream-api.ts'
import { everyPunctual } from './punctual.ts'
import type { Observation } from './store.ts'
import { createWitness, tickMs, type Witness } from './witness.ts'

export type Observatory = AsyncDisposable & Pick<Witness, 'store' | 'report' | 'follow'>

type ObservatoryOptions = {
  readonly edge: Pick<Edge, 'bus' | 'time'>
  readonly cluster: string
  readonly state: () => State
  readonly onReport?: (observation: Observation) => void
}

export async function openObservatory(options: ObservatoryOptions): Promise<Observatory> {
  const { cluster, state } = options
  const { bus, time } = options.edge
  const subjects = subjectsOf(cluster)
  const { store, ...witness } = createWitness({
    subjects,
    state,
    monotonic: time.now,
    now: time.wall,
    askAgain: (node) => bus.publish(subjects.republish(node), ''),
    // A report that cannot be removed now is of no harm: nobody asks for it any more.
    purge: (filter) => {
      purge(bus.request, streams.observed, filter).catch(() => undefined)
    },
    onReport: options.onReport,
  })
  const live = bus.listen(subjects.allObserved, ({ subject, text }) =>
    witness.takeReport(subject, text),
  )
  const beats = bus.listen(subjects.heartbeats, ({ subject, text }) =>
    witness.takeHeartbeat(subject, text),
  )
  const ticking = everyPunctual(time, tickMs, witness.tick)
  try {
    for await (const { subject, text } of bus.lastPerSubject(streams.observed)) {
      if (!store.has(subject)) store.take(subject, text)
    }
  } catch {
    // The server that keeps it is down: the satellites know it all, too.
    bus.publish(subjects.republishAll, '')
  }
  return {
    store,
    report: witness.report,
    follow: witness.follow,
    [Symbol.asyncDispose]: async () => {
      ticking[Symbol.dispose]()
      for (const listening of [live, beats]) listening[Symbol.dispose]()
    },
  }
}
