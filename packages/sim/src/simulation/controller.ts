/**
 * A controller without NATS: the same rules, documents and facts as the real one, around a log in
 * memory that survives it. One block per command; what is decided is stored at once.
 */
import { accept, nothingTouched, touch } from '@varve/controller/core'
import { allSubjects, createWitness, prepare, type Witness } from '@varve/controller/parts'
import {
  type Actor,
  type Command,
  createState,
  type Entry,
  evolveEntry,
  genesis,
  isRefusal,
  type Refusal,
  type State,
  type Subjects,
} from '@varve/events'
import type { ManualClock } from '../clock.ts'
import type { Random } from '../random.ts'
import type { MemoryBus } from './bus.ts'

const tickMs = 500

export type SimController = {
  readonly state: () => State
  readonly log: readonly (readonly Entry[])[]
  readonly witness: () => Witness
  /** Undefined when no controller is up. */
  readonly submit: (command: Command, actor?: Actor) => Refusal | undefined
  readonly isUp: () => boolean
  /** Dies and forgets everything but the log. */
  readonly stop: () => void
  /** Folds the log, is elected, and makes the documents true. */
  readonly start: () => void
  /** What rules threw. */
  readonly bugs: readonly unknown[]
}

const alice: Actor = { kind: 'user', name: 'alice', via: 'cli' }
const leader = (kind: 'observer' | 'system'): Actor => ({ kind, name: 'leader', via: 'controller' })

export function createController(options: {
  readonly clock: ManualClock
  readonly random: Random
  readonly bus: MemoryBus
  readonly subjects: Subjects
}): SimController {
  const { clock, random, bus, subjects } = options
  const log: (readonly Entry[])[] = []
  const bugs: unknown[] = []
  let state = createState(genesis)
  let witness = newWitness()
  let isUp = false
  let term = 0
  let ids = 0
  let ticking = () => {}

  function newWitness(): Witness {
    return createWitness({
      subjects,
      state: () => state,
      monotonic: clock.now,
      now: clock.now,
      askAgain: bus.askAgain,
      purge: (filter) => {
        const start = filter.replace(/>$/, '')
        for (const subject of bus.observed.keys()) {
          if (subject === filter || (start !== filter && subject.startsWith(start))) {
            bus.observed.delete(subject)
          }
        }
      },
    })
  }

  function submit(command: Command, actor: Actor = alice): Refusal | undefined {
    const sequence = state.position.sequence + 1
    const outcome = accept(
      state,
      { id: newId(), actor, command },
      {
        now: clock.now(),
        sequence,
        newId,
        random64: random.generation,
        observed: witness.store,
      },
    )
    if (isRefusal(outcome)) return outcome
    bugs.push(...outcome.bugs)
    if (outcome.entries.length === 0) return undefined
    state.position.sequence = sequence
    log.push(outcome.entries)
    const touched = nothingTouched()
    for (const { events } of outcome.entries) {
      for (const event of events) touch(touched, state, event)
    }
    publish(prepare(state, touched, subjects), sequence)
    witness.follow(outcome.entries)
    return undefined
  }

  function newId(): string {
    ids += 1
    return `01J${String(ids).padStart(23, '0')}`
  }

  /** Contents that are stored already keep their position. */
  function publish(prepared: ReturnType<typeof prepare>, sequence: number): void {
    for (const { subject, document } of prepared) {
      const node = subject.split('.').at(-2) ?? ''
      const text = document && JSON.stringify(document).slice(1)
      const stored = bus.documents.get(subject)
      if (text === undefined) {
        if (stored !== undefined) bus.put(node, subject, undefined)
      } else if (!stored?.endsWith(`,${text}`)) {
        bus.put(node, subject, `{"v":1,"term":${term},"from":${sequence},${text}`)
      }
    }
  }

  function publishAll(): void {
    const wanted = allSubjects(state, subjects)
    for (const subject of [...bus.documents.keys()]) {
      if (!wanted.has(subject)) publish([{ subject, document: undefined }], 0)
    }
    const all = nothingTouched()
    for (const key of state.definitions.keys()) all.definitions.add(key)
    for (const key of state.nodes.keys()) all.nodes.add(key)
    publish(prepare(state, all, subjects), state.position.sequence)
  }

  function tick(): void {
    if (!isUp) return
    witness.tick()
    ticking = clock.after(tickMs, tick)
  }

  return {
    log,
    bugs,
    state: () => state,
    witness: () => witness,
    isUp: () => isUp,
    submit,
    stop() {
      isUp = false
      ticking()
      bus.listen(undefined)
      witness.report(undefined)
    },
    start() {
      state = createState(genesis)
      for (const [index, entries] of log.entries()) {
        for (const entry of entries) evolveEntry(state, entry, index + 1)
        state.position.sequence = index + 1
      }
      witness = newWitness()
      for (const [subject, text] of bus.observed) witness.store.take(subject, text)
      bus.listen((subject, text) => {
        if (subject.includes('.observed.')) witness.takeReport(subject, text)
        else witness.takeHeartbeat(subject, text)
      })
      isUp = true
      term = state.position.term + 1
      state.position.term = term
      submit({ type: 'leader.elect', args: { term, controller: 'leader' } }, leader('system'))
      submit({ type: 'cluster.found', args: {} }, leader('system'))
      publishAll()
      witness.report((command) => void submit(command, leader('observer')))
      tick()
    },
  }
}
