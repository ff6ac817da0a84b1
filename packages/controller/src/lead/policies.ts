/** Lets the watching policies look at what has changed, and at what their time has come for. */
import type { Entry, ObservedView, State } from '@varve/events'
import type { Request } from '../core/accept.ts'
import { Agenda } from '../core/policies/watch/agenda.ts'
import type { Edge } from '../edge/port.ts'

export type PolicyLoop = Disposable & {
  /** These entries are stored. */
  readonly note: (entries: readonly Entry[]) => void
}

/** How late a policy may be whose time has come; their times are minutes and hours. */
const tickMs = 1_000

export function runPolicies(options: {
  readonly edge: Pick<Edge, 'time' | 'chance'>
  /** The leader's own, which is ahead of the log by a block at most. */
  readonly state: State
  readonly observed: ObservedView
  readonly submit: (request: Request) => void
  readonly onBug: (error: unknown) => void
}): PolicyLoop {
  const { state, observed, submit, onBug } = options
  const { time, chance } = options.edge
  const agenda = new Agenda(state)
  let isScheduled = false
  /** Whoever hands over begins nothing new: the next leader looks at all of it. */
  let isOver = false

  function schedule(): void {
    if (isOver || isScheduled || !agenda.isDue(time.wall())) return
    isScheduled = true
    // Commands that have arrived meanwhile have their turn first.
    setImmediate(() => {
      isScheduled = false
      if (!isOver) look()
      schedule()
    })
  }

  function look(): void {
    try {
      for (const { policy, command, cause } of agenda.take({ state, observed, now: time.wall() })) {
        const actor = { kind: 'policy', name: policy, via: 'policy' } as const
        submit({ id: chance.newId(), actor, command, ...(cause === undefined ? {} : { cause }) })
      }
    } catch (error) {
      // What it was about is off the agenda: the next change of it asks again.
      onBug(error)
    }
  }

  const ticking = time.every(tickMs, schedule)
  schedule()
  return {
    note(entries) {
      for (const entry of entries) agenda.note(state, entry)
      schedule()
    },
    [Symbol.dispose]: () => {
      isOver = true
      ticking[Symbol.dispose]()
    },
  }
}
