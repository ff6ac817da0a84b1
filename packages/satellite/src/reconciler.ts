/**
 * Keeps the documents true: looks, plans, runs, looks again. Serial per resource, parallel across
 * resources; one look serves all of them. Knows nothing of NATS.
 */
import type { DesiredNode, DesiredResource, StepFailure, StepProblem } from '@varve/events'
import { type Outcome, runSteps } from './apply.ts'
import { type Bell, createBell } from './bell.ts'
import { backoffMs } from './core/backoff.ts'
import { planHaunted } from './core/closing.ts'
import type { Inventory } from './core/inventory.ts'
import { nowhere } from './core/position.ts'
import { isUnchanged, noting, type Reads } from './core/reads.ts'
import { planResource } from './core/reconcile.ts'
import type { Progress } from './core/report.ts'
import type { Step } from './core/step.ts'
import type { Entry } from './entry.ts'
import { hasteOf, isHasty } from './haste.ts'
import { createLook, type Look, wantedPart, wantedPlaces } from './inventory.ts'
import { createPardon, type Pardon } from './pardon.ts'
import { createPoolKeeper, type PoolKeeper } from './pool-keeper.ts'
import { createRecollection } from './recollection.ts'
import type { ReconcilerOptions } from './reconciler-options.ts'
import { Rhythm } from './rhythm.ts'
import { createSlots } from './slots.ts'

/** A document that is not true after this many successful runs is reported as failed. */
const mostRounds = 8
/** A change on the machine shortens the wait for the next attempt, but no further than this. */
const shortestRetryMs = 2_000
/** What comes about by itself, and tells nobody, is looked for this often. */
const waitMs = 1_000
const waiting = { status: 'applying', isWaiting: true } as const

export class Reconciler {
  readonly entries = new Map<string, Entry>()
  inventory: Inventory | undefined
  node: DesiredNode | undefined
  readonly #options: ReconcilerOptions
  readonly #bell: Bell
  readonly #look: Look
  readonly #inSlot: ReturnType<typeof createSlots>
  readonly #running = new Set<Promise<void>>()
  readonly #rhythm = new Rhythm()
  readonly #recollection = createRecollection()
  readonly #pardon: Pardon
  readonly #keepPools: PoolKeeper
  #halted: string | undefined

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#bell = createBell(options.clock)
    this.#look = createLook(options.host)
    this.#inSlot = createSlots(options.parallel)
    this.#pardon = createPardon(options.table)
    this.#keepPools = createPoolKeeper(options, (job) => {
      this.#track(this.#inSlot(job), () => this.wake())
    })
  }

  /** A new intention is tried at once, whatever happened to the one before. */
  setDocument(document: DesiredResource): void {
    const { resource } = document
    const old = this.entries.get(resource)
    const progress: Progress = { status: 'applying', applied: old?.progress.applied ?? nowhere }
    const entry: Entry = old ?? { document, isRunning: false, rounds: 0, progress }
    entry.document = document
    entry.rounds = 0
    entry.progress = progress
    delete entry.doubt
    delete entry.againAt
    const hastyUntil = hasteOf(document, this.#options.clock.now())
    // What has been in haste lets input and output go on now: that is in haste, too.
    if (hastyUntil !== undefined) entry.hastyUntil = hastyUntil
    this.entries.set(resource, entry)
    this.#options.table.forgive(resource)
    this.#recollection.expect(document)
    this.#ask(entry)
  }

  /** It is what is worked on, and work is done at all. */
  isCurrent(document: DesiredResource): boolean {
    const isKnown = this.entries.get(document.resource)?.document === document
    return isKnown && this.#halted === undefined
  }

  setNode(document: DesiredNode): void {
    this.node = document
    this.wake()
  }

  /** Something happened on the machine to this resource: a failed one is tried again soon. */
  poke(resource: string): void {
    const entry = this.entries.get(resource)
    const { failure, retryAt } = entry?.progress ?? {}
    if (!entry || entry.isRunning || !failure || retryAt === undefined) return
    const soon = Math.max(this.#options.clock.now(), failure.at + shortestRetryMs)
    if (soon >= retryAt) return
    entry.progress = { ...entry.progress, retryAt: soon }
    this.#bell.ring()
  }

  /** Anything on the machine may have changed. */
  wake(): void {
    this.#rhythm.askAll()
    this.#bell.ring()
  }

  /** What has changed may contradict their documents; others than ours are drift. */
  recheck(resources: readonly string[]): void {
    for (const resource of resources) {
      const entry = this.entries.get(resource)
      // What its own steps do is looked at when they have ended.
      if (!entry) this.wake()
      else if (!entry.isRunning) this.#ask(entry)
    }
  }

  #ask(entry: Entry): void {
    this.#rhythm.ask(entry)
    this.#bell.ring()
  }

  /** Nothing is changed on this machine any more, for the reason that is reported. */
  halt(reason: string): void {
    this.#halted = reason
    this.#options.log.error({ reason }, 'the satellite changes nothing any more')
    this.wake()
  }

  get isHalted(): boolean {
    return this.#halted !== undefined
  }

  /** Until the signal is aborted and the last running step has ended. */
  async run(): Promise<void> {
    const { clock, log, signal } = this.#options
    while (!signal.aborted) {
      const dueMs = this.#dueMs()
      if (dueMs === undefined || dueMs > 0) await this.#bell.wait(dueMs, signal)
      if (signal.aborted) break
      if ((this.#dueMs() ?? 1) > 0) continue
      try {
        await this.#round()
      } catch (error) {
        log.error({ error }, 'a look at the machine failed')
        await clock.sleep(shortestRetryMs, signal)
        this.wake()
      }
    }
    await Promise.all(this.#running)
  }

  async #round(): Promise<void> {
    const { clock, log, table, signal, beforeRound, onInventory } = this.#options
    const startedAt = clock.now()
    const round = this.#rhythm.begin(this.entries.values(), startedAt)
    await beforeRound()
    // One that is working now may change what we are about to see: it is judged next time.
    const idle = round.entries.filter((entry) => !entry.isRunning)
    const judged = idle.map((entry) => ({ entry, document: entry.document }))
    const documents = round.entries.map((entry) => entry.document)
    const receiving = new Set(this.#options.receiving?.())
    const memory = { ...this.#recollection.now(table.lostDisks, startedAt), receiving }
    const all = [...this.entries.values()].map(({ document }) => document)
    const wanted = round.isPart ? wantedPart(documents, all) : wantedPlaces(all, this.node)
    const seen = await this.#look(wanted, memory, signal)
    if (signal.aborted) return
    const lookedAt = clock.now()
    this.#rhythm.looked(round, startedAt, lookedAt)
    this.inventory = seen
    onInventory(seen)
    // Of all: what troubled a disk may be seen to be over while somebody else's is looked at.
    if (this.#pardon(all, seen)) this.wake()
    if (this.#halted === undefined) this.#keepPools(this.node, seen)
    for (const { entry, document } of judged) {
      if (entry.document === document) this.#decide(entry, seen)
      else this.#ask(entry)
    }
    const fields = { ms: lookedAt - startedAt, planMs: clock.now() - lookedAt }
    log.debug(
      { ...fields, documents: judged.length, isPart: round.isPart },
      'looked at the machine',
    )
  }

  #track(job: Promise<void>, onEnd: () => void): void {
    const tracked = job.finally(() => {
      this.#running.delete(tracked)
      onEnd()
      this.#bell.ring()
    })
    this.#running.add(tracked)
  }

  #decide(entry: Entry, seen: Inventory): void {
    const { progress, document, proof } = entry
    if ((progress.retryAt ?? 0) > this.#options.clock.now()) return
    delete entry.againAt
    if (this.#halted !== undefined) {
      this.#refuse(entry, 'halt', this.#halted)
      return
    }
    if (proof?.document === document && isUnchanged(proof.reads, seen)) return
    const reads: Reads[number][] = []
    const haunted = entry.isHaunted ? planHaunted(document) : undefined
    const next = haunted ?? planResource(document, noting(seen, reads))
    if (next.kind === 'refused') this.#refuse(entry, 'check', next.reason, next.problem)
    else if (next.kind === 'true') this.#settle(entry, reads)
    else if (next.kind === 'waits') this.#wait(entry, next.reason)
    else if (entry.doubt) this.#fail(entry, entry.doubt)
    else if (entry.rounds < mostRounds) this.#start(entry, next.steps)
    else {
      const why = next.steps[0]?.why ?? ''
      this.#refuse(entry, 'converge', `after ${mostRounds} rounds it is still not true: ${why}`)
    }
  }

  #settle(entry: Entry, reads: Reads): void {
    const { document } = entry
    entry.rounds = 0
    delete entry.doubt
    const status = document.state === 'present' ? 'applied' : 'absent'
    this.#update(entry, { status, applied: { term: document.term, from: document.from } })
    entry.proof = { document, reads }
    this.#calm(entry)
  }

  /** Its snapshot is done: what waited for it has its turn now. */
  #calm(entry: Entry): void {
    const { clock } = this.#options
    if (entry.hastyUntil === undefined || hasteOf(entry.document, clock.now()) !== undefined) return
    delete entry.hastyUntil
    this.wake()
  }

  #wait(entry: Entry, reason: string): void {
    const { clock, log } = this.#options
    entry.againAt = clock.now() + waitMs
    log.debug({ resource: entry.document.resource, reason }, 'a document waits')
    this.#update(entry, { ...waiting, applied: entry.progress.applied })
  }

  #start(entry: Entry, steps: readonly Step[]): void {
    const { document, progress } = entry
    entry.isRunning = true
    const { applied, failure, attempts } = progress
    this.#update(entry, {
      status: 'applying',
      applied,
      ...(failure ? { failure } : {}),
      ...(attempts ? { attempts } : {}),
    })
    const act = async () => {
      // What was planned for an older intention is not begun.
      const isStale = entry.document !== document
      const outcome: Outcome = isStale
        ? { kind: 'stopped' }
        : await runSteps(document.resource, steps, this.#options)
      this.#finish(entry, document, steps, outcome)
    }
    const job = isHasty(entry, this.#options.clock.now()) ? act() : this.#inSlot(act)
    this.#track(job, () => this.#rhythm.end(entry))
  }

  #finish(entry: Entry, document: DesiredResource, steps: readonly Step[], outcome: Outcome): void {
    entry.isRunning = false
    if (outcome.kind === 'unknown' && outcome.isAlive) entry.isHaunted = true
    if (outcome.kind === 'done') this.#recollection.learn(document.resource, steps)
    if (outcome.kind === 'failed' && outcome.shuts !== undefined) {
      this.#recollection.shut(outcome.shuts, this.#options.clock.now())
    }
    // A lost disk that was replaced: what was made anew is to be attached.
    const isReplaced = outcome.kind === 'done' && steps.some(({ name }) => name === 'create-md')
    if (isReplaced) this.#options.table.forgive(document.resource)
    // How an older document ended says nothing about the newer one.
    if (entry.document !== document) return
    entry.rounds += 1
    if (outcome.kind === 'failed') this.#fail(entry, outcome.failure)
    if (outcome.kind === 'unknown') entry.doubt = outcome.failure
  }

  #fail(entry: Entry, failure: StepFailure): void {
    const attempts = (entry.progress.attempts ?? 0) + 1
    const retryAt = this.#options.clock.now() + backoffMs(attempts)
    entry.rounds = 0
    delete entry.doubt
    const { applied } = entry.progress
    this.#update(entry, { status: 'failed', applied, failure, attempts, retryAt })
  }

  #refuse(entry: Entry, step: string, stderr: string, problem?: StepProblem): void {
    const why = problem === undefined ? {} : { problem }
    this.#fail(entry, { step, argv: [], stderr, ...why, at: this.#options.clock.now() })
  }

  #update(entry: Entry, progress: Progress): void {
    entry.progress = progress
    delete entry.proof
    this.#options.onEntry(entry)
  }

  #dueMs(): number | undefined {
    const isBusy = this.#running.size > 0
    return this.#rhythm.dueMs(this.entries.values(), this.#options.clock.now(), isBusy)
  }
}
