/**
 * A controller without NATS: the same rules, documents, facts and policies as the real one, around
 * a log in memory that survives it. One block per command; what is decided is stored at once.
 */
import { accept, nothingTouched, touch } from '@varve/controller/core'
import {
  Agenda,
  allSubjects,
  createVault,
  createWitness,
  prepare,
  tickMs,
  type Witness,
} from '@varve/controller/parts'
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

const alice: Actor = { kind: 'user', name: 'alice', via: 'cli' }
const leader = (kind: 'observer' | 'system'): Actor => ({ kind, name: 'leader', via: 'controller' })

type Surroundings = {
  readonly clock: ManualClock
  readonly random: Random
  readonly bus: MemoryBus
  readonly subjects: Subjects
}

export class SimController {
  readonly log: (readonly Entry[])[] = []
  /** What rules threw. */
  readonly bugs: unknown[] = []
  state: State = createState(genesis)
  witness: Witness
  /** Stays open over restarts, as with a passphrase in a file. */
  readonly #vault = createVault()
  readonly #around: Surroundings
  #agenda = new Agenda(this.state)
  #isUp = false
  #term = 0
  #ids = 0
  #stopTicking = () => {}

  constructor(around: Surroundings) {
    this.#around = around
    this.witness = this.#newWitness()
  }

  /** Folds the log, is elected, and makes the documents true. */
  start(): void {
    const { bus } = this.#around
    this.state = foldLog(this.log)
    this.#agenda = new Agenda(this.state)
    this.witness = this.#newWitness()
    for (const [subject, text] of bus.observed) this.witness.store.take(subject, text)
    bus.listen((subject, text) => {
      if (subject.includes('.observed.')) this.witness.takeReport(subject, text)
      else this.witness.takeHeartbeat(subject, text)
    })
    this.#isUp = true
    const term = this.state.position.term + 1
    this.#term = term
    this.state.position.term = term
    this.submit({ type: 'leader.elect', args: { term, controller: 'leader' } }, leader('system'))
    this.submit({ type: 'cluster.found', args: {} }, leader('system'))
    this.#publishAll()
    this.witness.report((command) => void this.submit(command, leader('observer')))
    this.#tick()
  }

  /** Dies and forgets everything but the log. */
  stop(): void {
    this.#isUp = false
    this.#stopTicking()
    this.#around.bus.listen(undefined)
    this.witness.report(undefined)
  }

  /** The cluster gets a master key, which nobody has to enter again. */
  encrypt(): void {
    const closed = 'simulated'
    this.#vault.adopt({ closed, master: Buffer.alloc(32, 7) })
    const passphrase = { wrapped: closed }
    this.submit({ type: 'encryption.create-passphrase', args: { passphrase } })
  }

  submit(command: Command, actor: Actor = alice, cause?: string): Refusal | undefined {
    const { clock, random, subjects } = this.#around
    const { state, witness } = this
    const sequence = state.position.sequence + 1
    const outcome = accept(
      state,
      { id: this.#newId(), actor, command, cause },
      {
        now: clock.now(),
        sequence,
        newId: () => this.#newId(),
        random64: random.generation,
        observed: witness.store,
        vault: this.#vault,
      },
    )
    if (isRefusal(outcome)) return outcome
    const { entries, bugs } = outcome
    this.bugs.push(...bugs)
    if (entries.length === 0) return undefined
    state.position.sequence = sequence
    this.log.push(entries)
    const touched = nothingTouched()
    for (const { events } of entries) for (const event of events) touch(touched, state, event)
    this.#publish(prepare(state, touched, subjects, this.#vault), sequence)
    witness.follow(entries)
    for (const entry of entries) this.#agenda.note(state, entry)
    return undefined
  }

  #newId(): string {
    this.#ids += 1
    return `01J${String(this.#ids).padStart(23, '0')}`
  }

  #newWitness(): Witness {
    const { clock, bus, subjects } = this.#around
    return createWitness({
      subjects,
      state: () => this.state,
      monotonic: clock.now,
      now: clock.now,
      askAgain: bus.askAgain,
      purge: bus.purge,
    })
  }

  /** Contents that are stored already keep their position. */
  #publish(prepared: ReturnType<typeof prepare>, sequence: number): void {
    const { bus } = this.#around
    for (const { subject, document } of prepared) {
      const node = subject.split('.').at(-2) ?? ''
      const text = document && JSON.stringify(document).slice(1)
      const stored = bus.documents.get(subject)
      if (text === undefined) {
        if (stored !== undefined) bus.put(node, subject, undefined)
      } else if (!stored?.endsWith(`,${text}`)) {
        bus.put(node, subject, `{"v":1,"term":${this.#term},"from":${sequence},${text}`)
      }
    }
  }

  #publishAll(): void {
    const { bus, subjects } = this.#around
    const wanted = allSubjects(this.state, subjects)
    for (const subject of [...bus.documents.keys()]) {
      if (!wanted.has(subject)) this.#publish([{ subject, document: undefined }], 0)
    }
    const all = nothingTouched()
    for (const key of this.state.definitions.keys()) all.definitions.add(key)
    for (const key of this.state.nodes.keys()) all.nodes.add(key)
    const { sequence } = this.state.position
    this.#publish(prepare(this.state, all, subjects, this.#vault), sequence)
  }

  #tick(): void {
    if (!this.#isUp) return
    this.witness.tick()
    this.#followPolicies()
    this.#stopTicking = this.#around.clock.after(tickMs, () => this.#tick())
  }

  /** Those that look at what has changed, and at what their time has come for. */
  #followPolicies(): void {
    const now = this.#around.clock.now()
    const { state, witness } = this
    if (!this.#agenda.isDue(now)) return
    for (const { policy, command, cause } of this.#agenda.take({
      state,
      observed: witness.store,
      now,
    })) {
      this.submit(command, { kind: 'policy', name: policy, via: 'policy' }, cause)
    }
  }
}

function foldLog(log: readonly (readonly Entry[])[]): State {
  const state = createState(genesis)
  for (const [index, entries] of log.entries()) {
    for (const entry of entries) evolveEntry(state, entry, index + 1)
    state.position.sequence = index + 1
  }
  return state
}
