/**
 * What users saw, and whether it can be: every answer fits to one order of all commands, in which
 * whoever asks after somebody was answered comes after him.
 */

import { hashOf, headOf, readFolded } from '@varve/controller/parts'
import {
  brokenInvariants,
  createState,
  type Entry,
  evolveEntry,
  genesis,
  type State,
} from '@varve/events'

/** One command of a user, from the first time it was sent to its answer. */
export type Call = {
  readonly user: string
  readonly id: string
  /** Highest sequence that anybody had been told before it was sent first. */
  readonly after: number
  readonly outcome:
    | {
        readonly kind: 'changed' | 'unchanged' | 'refused'
        readonly sequence: number
        readonly code?: string
      }
    | undefined
}

/** A read: what it was to have seen at least, and how far whoever answered had folded. */
export type Look = { readonly user: string; readonly atLeast: number; readonly sequence: number }

export class History {
  readonly calls: Call[] = []
  readonly looks: Look[] = []
  /** Highest sequence that any user was told. */
  told = 0
  readonly broken: string[] = []

  begin(user: string, id: string): Call {
    return { user, id, after: this.told, outcome: undefined }
  }

  /** Judged at once: an answer that is older than what somebody was told before is wrong for ever. */
  end(call: Call, outcome: NonNullable<Call['outcome']>): void {
    this.calls.push({ ...call, outcome })
    const { sequence, kind } = outcome
    const isOld = kind === 'changed' ? sequence <= call.after : sequence < call.after
    if (isOld) {
      this.broken.push(
        `linearizable: ${call.user} was told "${kind}" (${outcome.code ?? 'ok'}) as of block ${sequence}, ` +
          `but block ${call.after} had been told before he asked`,
      )
    }
    this.told = Math.max(this.told, sequence)
  }

  look(user: string, atLeast: number, sequence: number): void {
    this.looks.push({ user, atLeast, sequence })
    if (sequence < atLeast) {
      this.broken.push(
        `reads-go-on: ${user} had seen block ${atLeast} and was shown block ${sequence}`,
      )
    }
  }
}

/** Folds the log as it grows, and looks at each block. */
export class LogJudge {
  readonly state: State = createState(genesis)
  readonly broken: string[] = []
  readonly #placeOf = new Map<string, number>()
  #read = 0
  #at = 0
  #term = 0

  follow(log: readonly Uint8Array[]): void {
    for (; this.#read < log.length; this.#read += 1) {
      const bytes = log[this.#read]
      if (bytes) this.#take(bytes, this.#read + 1)
    }
  }

  /** Every acknowledged command stands in the log, once, where its sender was told. */
  acknowledged(calls: readonly Call[]): string[] {
    return calls.flatMap(({ id, user, outcome }) => {
      if (outcome?.kind !== 'changed') return []
      const place = this.#placeOf.get(id)
      if (place === outcome.sequence) return []
      return [
        `nothing-lost: ${user} was told block ${outcome.sequence}, and it is in ${place ?? 'none'}`,
      ]
    })
  }

  #take(bytes: Uint8Array, sequence: number): void {
    const { term, prev } = headOf(bytes)
    const { position } = this.state
    if (prev !== position.hash) this.broken.push(`chain: block ${sequence} follows another one`)
    if (term < this.#term) this.broken.push(`terms: block ${sequence} is of term ${term} again`)
    for (const entry of readFolded(bytes)) {
      this.#note(entry, sequence, term)
      evolveEntry(this.state, entry, sequence)
    }
    this.#term = term
    position.sequence = sequence
    position.hash = hashOf(bytes)
    this.broken.push(...brokenInvariants(this.state).map(String))
  }

  #note(
    { id, at, events }: Pick<Entry, 'id' | 'at' | 'events'>,
    sequence: number,
    term: number,
  ): void {
    const before = this.#placeOf.get(id)
    if (before !== undefined)
      this.broken.push(`once: ${id} is in block ${before} and in ${sequence}`)
    this.#placeOf.set(id, sequence)
    if (at < this.#at) this.broken.push(`time: block ${sequence} is older than the one before`)
    this.#at = at
    const elects = events.some(({ type }) => type === 'leader.elected')
    if (elects !== term > this.#term) {
      this.broken.push(`terms: block ${sequence} begins term ${term} after ${this.#term}`)
    }
    this.#term = term
  }
}
