/** When the reconciler looks again, and at what: at all documents, or at those that have a reason. */
import type { Entry } from './entry.ts'
import { createHaste, isHasty } from './haste.ts'

/** While others still work, those who have finished are looked at together, this often at most. */
const gatherMs = 100
/**
 * After a look we rest for as long as it took, so that a machine which is slow to answer, or has
 * much to tell, is not asked all the time: one look then serves all that came. With many at work
 * three times as long: a thousand resources are there a third sooner for it.
 */
const longestRestMs = 1_000
const few = 2
const restPerLook = { few: 1, many: 3 } as const

export type Round = {
  readonly entries: readonly Entry[]
  /** What only the others need is not looked at. */
  readonly isPart: boolean
  readonly isHasty: boolean
}

export class Rhythm {
  readonly #haste = createHaste<Entry>()
  readonly #asked = new Set<Entry>()
  readonly #ended = new Set<Entry>()
  #isWhole = false
  #hasLooked = false
  /** Others have waited for those in haste. */
  #isOwed = false
  #lookedAt = 0
  #restedAt = 0

  /** Anything may be different now. */
  askAll(): void {
    this.#isWhole = true
  }

  /** It is to be judged anew, and nothing is known to have changed for the others. */
  ask(entry: Entry): void {
    this.#asked.add(entry)
  }

  /** Its steps have ended: the next look tells what has become of them. */
  end(entry: Entry): void {
    this.#ended.add(entry)
  }

  /** Takes over all that was asked for. */
  begin(entries: Iterable<Entry>, nowMs: number): Round {
    const all = [...entries]
    const hasty = this.#haste.of(all, nowMs)
    const isWhole = this.#isWhole || this.#isOwed || !this.#hasLooked
    const isMeant = (each: Entry) =>
      this.#asked.has(each) || this.#ended.has(each) || dueAt(each) <= nowMs
    const meant = hasty ?? (isWhole ? all : all.filter(isMeant))
    this.#isOwed = hasty !== undefined
    this.#isWhole = false
    this.#asked.clear()
    this.#ended.clear()
    return { entries: meant, isPart: hasty !== undefined || !isWhole, isHasty: this.#isOwed }
  }

  /** The look that began at `startedMs` is over. */
  looked(round: Round, startedMs: number, nowMs: number): void {
    const perLook = round.entries.length > few ? restPerLook.many : restPerLook.few
    const restMs = round.isHasty ? 0 : Math.min(longestRestMs, perLook * (nowMs - startedMs))
    this.#hasLooked = true
    this.#lookedAt = nowMs
    this.#restedAt = nowMs + restMs
  }

  /** Until the next look, milliseconds; undefined: nothing is waited for but a ring. */
  dueMs(entries: Iterable<Entry>, nowMs: number, isBusy: boolean): number | undefined {
    const owedAt = this.#haste.dueAt()
    let at = owedAt
    if (this.#isWhole || this.#asked.size > 0) at = Math.min(at, this.#restedAt)
    if (this.#ended.size > 0) at = Math.min(at, this.#gatheredAt(isBusy))
    for (const entry of entries) {
      // Those that others in haste keep waiting would only make the looks follow each other.
      const isKept = owedAt !== Number.POSITIVE_INFINITY && !isHasty(entry, nowMs)
      if (!isKept) at = Math.min(at, dueAt(entry))
    }
    return at === Number.POSITIVE_INFINITY ? undefined : Math.max(0, at - nowMs)
  }

  /** When nobody works, nobody else is waited for: what has ended paces the looks by itself. */
  #gatheredAt(isBusy: boolean): number {
    return isBusy ? Math.max(this.#restedAt, this.#lookedAt + gatherMs) : this.#lookedAt
  }
}

/** When it wants to be judged again by itself; infinity: it waits for something to happen. */
function dueAt({ isRunning, progress, againAt }: Entry): number {
  if (isRunning) return Number.POSITIVE_INFINITY
  return Math.min(progress.retryAt ?? Number.POSITIVE_INFINITY, againAt ?? Number.POSITIVE_INFINITY)
}
