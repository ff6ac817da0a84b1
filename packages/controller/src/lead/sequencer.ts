/**
 * The leader's one serial loop: decides commands as they come, gathers their entries into the next
 * block while the previous one is being stored, and answers only what is stored.
 *
 * The state runs ahead of the log by at most one block. So every answer, also a refusal or a read,
 * waits for the block that it may have seen; and when a block cannot be stored, the state is
 * worth nothing any more: everybody waiting is told so and the caller folds again.
 */
import { hash } from 'node:crypto'
import {
  type AsPlanned,
  blockLimitBytes,
  type CommandReply,
  type Entry,
  isRefusal,
  type Refusal,
  refusalText,
  refuse,
  type State,
} from '@varve/events'
import { ownersOf } from '@varve/projections'
import { accept, type Ports, type Request } from '../core/accept.ts'
import { nothingTouched, type Touched, touch } from '../core/desired/touched.ts'
import { outcomeOf } from '../core/outcome.ts'
import { plan } from '../core/plan.ts'
import { type PrintedEntry, printBlock, printEntry } from '../log/block.ts'
import type { LogWriter } from '../log/writer.ts'
import { objectsOf, planAgain } from '../serve/planned.ts'
import { accepted, planned, refusedReply, repeated } from '../serve/reply.ts'

export type Job = {
  readonly request: Request
  readonly plan?: boolean | undefined
  readonly ifSequence?: number | undefined
  /** Its sequence: up to there somebody has looked what moved (serve/planned.ts). */
  readonly asPlanned?: AsPlanned | undefined
  readonly answer?: ((reply: CommandReply) => void) | undefined
}

export type SequencerOptions<Sealed> = {
  readonly state: State
  readonly writer: LogWriter
  /** Time, ids, chance and observations at this moment. */
  readonly ports: (sequence: number) => Ports
  /** True when a stored entry past the sequence is about the object. */
  readonly hasMoved: (object: string, since: number) => boolean
  /** Called as a block is closed, with the state exactly as of that block. */
  readonly seal: (state: State, touched: Touched) => Sealed
  /**
   * Whether nobody else can have written to the log by now: what an answer rests on for which no
   * block is stored. Throws when that cannot be found out.
   */
  readonly isCurrent: () => true | Promise<boolean>
  /** Called when a block is in the stream and in the journal. */
  readonly stored: (entries: readonly Entry[], sequence: number, sealed: Sealed) => void
  /** Called with what a rule threw: a fault of the program, not of the command. */
  readonly onBug: (error: unknown) => void
  /** Called once, when the log did not take a block: this controller leads no more. */
  readonly failed: (reason: unknown) => void
}

/** A waiter is told the sequence of its block, or that it was not stored. */
type Waiter = (sequence: number | Refusal) => void
type Gathered = {
  entries: Entry[]
  printed: PrintedEntry[]
  bytes: number
  touched: Touched
  waiters: Waiter[]
}

/** Room for the block's own head and the commas. */
const headBytes = 256
/** No command is decided into a block that is half full: what it adds must still fit. */
const decideUntilBytes = blockLimitBytes / 2

export class Sequencer<Sealed = unknown> {
  readonly #options: SequencerOptions<Sealed>
  readonly #state: State
  #queue: Job[] = []
  #next = gathering()
  #flying: Gathered | undefined
  #isScheduled = false
  /** Why nothing is stored any more. */
  #over: Refusal | undefined
  #closing: (() => void) | undefined

  constructor(options: SequencerOptions<Sealed>) {
    this.#options = options
    this.#state = options.state
  }

  /** True when the state shows nothing that is not stored. */
  get isIdle(): boolean {
    return !this.#flying && this.#next.entries.length === 0 && this.#queue.length === 0
  }

  /** Takes a command; it is answered when its block, or the one it depends on, is stored. */
  submit(job: Job): void {
    if (this.#over) {
      this.#refuse(job, this.#over)
      return
    }
    this.#queue.push(job)
    this.#schedule()
  }

  /** One turn of the event loop gathers what has arrived together. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#turn())
  }

  /** Resolves with the log's sequence when all that the state shows now is stored. */
  barrier(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#afterStored((outcome) =>
        isRefusal(outcome) ? reject(new Error(refusalText(outcome))) : resolve(outcome),
      )
    })
  }

  /** Resolves when everything that was submitted is decided and stored, or cannot be. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#over || this.isIdle) resolve()
      else this.#closing = resolve
    })
  }

  /** Nothing is decided that is not stored. */
  get #isResting(): boolean {
    return !this.#over && !this.#flying && this.#next.entries.length === 0
  }

  #nextSequence(): number {
    return this.#state.position.sequence + (this.#flying ? 2 : 1)
  }

  /** Calls back once everything decided so far is stored. */
  #afterStored(waiter: Waiter): void {
    if (this.#over) waiter(this.#over)
    else if (this.#next.entries.length > 0) this.#next.waiters.push(waiter)
    else if (this.#flying) this.#flying.waiters.push(waiter)
    else waiter(this.#state.position.sequence)
  }

  /**
   * The same, and never on what was true once: a leader that was stopped for a while and goes on may
   * have been followed by another, and knows it only when it looks.
   */
  #afterSure(waiter: Waiter): void {
    const isCurrent = this.#isResting ? this.#options.isCurrent() : true
    if (isCurrent === true) {
      this.#afterStored(waiter)
      return
    }
    isCurrent.then(
      (is) => {
        // A block that is on its way by now tells it as well.
        if (!is && this.#isResting) this.#fail(undefined)
        this.#afterStored(waiter)
      },
      (error: unknown) => waiter(refuse('log-unavailable', { problem: String(error) })),
    )
  }

  /** Decides now; the answer, also a refusal, goes out when what it rests on is stored. */
  #run(job: Job): void {
    const make = this.#decide(job)
    const { answer, request } = job
    if (!answer) return
    this.#afterSure((outcome) => {
      const { sequence } = this.#state.position
      answer(isRefusal(outcome) ? refusedReply(request.id, sequence, outcome) : make(outcome))
    })
  }

  #decide({
    request,
    plan: isPlan,
    ifSequence,
    asPlanned,
  }: Job): (sequence: number) => CommandReply {
    const refused = (refusal: Refusal) => (sequence: number) =>
      refusedReply(request.id, sequence, refusal)
    const known = this.#state.outcomes.get(request.id)
    if (known) return () => repeated(request.id, known)
    const moved = this.#refuseIfMoved(ifSequence) ?? this.#refuseIfTouched(asPlanned)
    if (moved) return refused(moved)
    try {
      const other = asPlanned && this.#refuseIfOther(request, asPlanned)
      if (other) return refused(other)
      return this.#judge(request, isPlan === true)
    } catch (error) {
      // Thrown before anything became part of the state, so the controller goes on.
      this.#options.onBug(error)
      const problem = error instanceof Error ? error.message : String(error)
      return refused(refuse('internal-error', { problem }))
    }
  }

  #judge(request: Request, isPlan: boolean): (sequence: number) => CommandReply {
    const refused = (refusal: Refusal) => (sequence: number) =>
      refusedReply(request.id, sequence, refusal)
    const ports = this.#options.ports(this.#nextSequence())
    if (isPlan) {
      const made = plan(this.#state, request, ports)
      return isRefusal(made)
        ? refused(made)
        : (sequence) =>
            planned(request.id, sequence, made, {
              objects: objectsOf(this.#state, made.events),
              outcome: outcomeHash(made.outcome),
            })
    }
    const outcome = accept(this.#state, request, ports)
    if (isRefusal(outcome)) return refused(outcome)
    for (const bug of outcome.bugs) this.#options.onBug(bug)
    for (const entry of outcome.entries) this.#gather(entry)
    return (sequence) => accepted(request.id, sequence, outcome)
  }

  #refuseIfMoved(required: number | undefined): Refusal | undefined {
    const measured = this.#nextSequence() - (this.#next.entries.length > 0 ? 0 : 1)
    if (required === undefined || measured <= required) return undefined
    return refuse('state-moved', { measured, required }, 'Look again, then decide.')
  }

  /** Also by what is decided and not stored yet. */
  #refuseIfTouched(planned: AsPlanned | undefined): Refusal | undefined {
    if (!planned) return undefined
    const waiting = [...(this.#flying?.entries ?? []), ...this.#next.entries]
    const touched = new Set(
      waiting.flatMap(({ events }) => events.flatMap(ownersOf)).map((one) => one.toLowerCase()),
    )
    const { sequence } = planned
    const moved = planned.objects.find(
      (object) => touched.has(object.toLowerCase()) || this.#options.hasMoved(object, sequence),
    )
    return moved && refuse('plan-moved', { subject: moved, required: sequence }, planAgain)
  }

  #refuseIfOther(request: Request, { sequence, outcome }: AsPlanned): Refusal | undefined {
    const now = outcomeOf(this.#state, request, this.#options.ports(this.#nextSequence()))
    if (isRefusal(now)) return now
    if (outcomeHash(now) === outcome) return undefined
    return refuse('plan-differs', { required: sequence }, planAgain)
  }

  #gather(entry: Entry): void {
    const printed = printEntry(entry)
    this.#next.entries.push(entry)
    this.#next.printed.push(printed)
    this.#next.bytes += Buffer.byteLength(printed.folded) + Buffer.byteLength(printed.detail) + 2
    for (const event of entry.events) touch(this.#next.touched, this.#state, event)
  }

  #turn(): void {
    this.#isScheduled = false
    let taken = 0
    while (taken < this.#queue.length && this.#next.bytes < decideUntilBytes && !this.#over) {
      const job = this.#queue[taken]
      taken += 1
      if (job) this.#run(job)
    }
    this.#queue = this.#queue.slice(taken)
    if (this.#flying) return
    if (this.#next.entries.length > 0) this.#flush()
    else if (this.#queue.length === 0) this.#closing?.()
  }

  #flush(): void {
    const block = this.#next
    this.#next = gathering()
    this.#flying = block
    const { term, hash: prev } = this.#state.position
    const bytes = printBlock({ term, prev }, block.printed)
    const appended = this.#options.writer.append(bytes)
    // The block is on its way before this begins, and nothing is decided before this has ended.
    const sealing = Promise.resolve().then(() => this.#options.seal(this.#state, block.touched))
    Promise.all([appended, sealing]).then(
      ([result, sealed]) => {
        if (result.kind === 'stored') this.#finish(block, result.hash, sealed)
        else this.#fail(undefined)
      },
      (error: unknown) => this.#fail(error),
    )
  }

  #finish(block: Gathered, hash: string, sealed: Sealed): void {
    const { position } = this.#state
    this.#flying = undefined
    position.sequence += 1
    position.hash = hash
    const { sequence } = position
    // The next block is on its way before this one's senders are told.
    if (this.#next.entries.length > 0) this.#flush()
    this.#options.stored(block.entries, sequence, sealed)
    for (const waiter of block.waiters) waiter(sequence)
    // Not at once: the block that has just been sent is yet to be sealed.
    this.#schedule()
  }

  /** `reason` undefined: another controller's block is there. */
  #fail(reason: unknown): void {
    if (this.#over) return
    const problem = reason instanceof Error ? reason.message : 'another controller leads now'
    this.#over = refuse('log-unavailable', { problem })
    for (const waiter of this.#flying?.waiters ?? []) waiter(this.#over)
    for (const waiter of this.#next.waiters) waiter(this.#over)
    for (const job of this.#queue) this.#refuse(job, this.#over)
    this.#queue = []
    this.#closing?.()
    this.#options.failed(reason instanceof Error ? reason : new Error(problem))
  }

  #refuse({ answer, request }: Job, refusal: Refusal): void {
    answer?.(refusedReply(request.id, this.#state.position.sequence, refusal))
  }
}

const outcomeHash = (outcome: string) => hash('sha256', outcome, 'hex')

function gathering(): Gathered {
  return {
    entries: [],
    printed: [],
    bytes: headBytes,
    touched: nothingTouched(),
    waiters: [],
  }
}
