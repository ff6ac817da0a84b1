/**
 * The NATS servers, as one: the four streams with the conditions on which they store, and messages
 * to whoever listens. Its clients are ends with a cable in each direction.
 */
import { streams, subjectsOf } from '@varve/events'
import type { SimClock } from '../clock.ts'
import type { Random } from '../random.ts'
import { Link } from './link.ts'
import { SimProcess } from './process.ts'

export const cluster = 'sim'
export const subjects = subjectsOf(cluster)

/** As the wire has it: JSON, and the conditions of a publication. */
export type Answer = object | 'nobody' | undefined
type Guards = { readonly get: (name: string) => string } | undefined

/** A stream of last values. */
type LastValues = { readonly values: Map<string, Stored>; last: number }
type Stored = { readonly sequence: number; readonly text: string }

export type Listener = {
  readonly end: End
  readonly words: readonly string[]
  readonly queue: string | undefined
  readonly take: (
    subject: string,
    text: string,
    respond: ((text: string) => void) | undefined,
  ) => void
}

/** One client: a cable to the server, one back, and the process at its end. */
export class End {
  readonly up: Link
  readonly down: Link
  process: SimProcess
  /** Called when the connection was lost and is back. */
  readonly onBack = new Set<() => void>()

  constructor(clock: SimClock, random: Random) {
    this.up = new Link(clock, random)
    this.down = new Link(clock, random)
    this.process = new SimProcess(clock)
  }

  heal(): void {
    const wasCut = this.up.isCut || this.down.isCut
    this.up.heal()
    this.down.heal()
    if (wasCut)
      this.process.reach(() => {
        for (const back of [...this.onBack]) back()
      })
  }
}

const wrongLast = (last: number) => ({
  error: { code: 400, err_code: 10071, description: `wrong last sequence: ${last}` },
})
const notFound = { error: { code: 404, err_code: 10037, description: 'no message found' } }

export class Server {
  readonly log: Uint8Array[] = []
  readonly desired: LastValues = { values: new Map(), last: 0 }
  readonly observed: LastValues = { values: new Map(), last: 0 }
  readonly lease: LastValues = { values: new Map(), last: 0 }
  /** Servers that elect a leader of their streams store and answer nothing. */
  isElecting = false
  /** Readers of streams that wait for more. */
  readonly onStored = new Set<() => void>()
  readonly #listeners = new Set<Listener>()
  readonly #matching = new Map<string, Listener[]>()
  #turn = 0

  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    this.#matching.clear()
    return () => {
      this.#listeners.delete(listener)
      this.#matching.clear()
    }
  }

  /** As a controller of another release stores a block. */
  append(bytes: Uint8Array): void {
    this.log.push(bytes)
    this.#wake()
  }

  /** What a request of JetStream's API, or a publication with conditions, is answered. */
  ask(subject: string, payload: Uint8Array | string, guards: Guards): Answer {
    if (this.isElecting) return 'nobody'
    if (!subject.startsWith('$JS.API.')) return this.#store(subject, payload, guards)
    const [, , , verb, ...rest] = subject.split('.')
    const stream = rest.at(-1)
    const last = this.#lastOf(stream)
    const messages = this.#valuesOf(stream).values.size
    if (verb === 'INFO') return { state: { last_seq: last, messages } }
    const asked = JSON.parse(String(payload)) as Asked
    if (verb === 'PURGE') return this.#purge(stream, asked.filter ?? '')
    return this.#message(stream, asked)
  }

  /** A message of core NATS, which streams may keep as well. */
  publish(subject: string, text: string, respond?: (text: string) => void): boolean {
    const kept = this.#valuesFor(subject)
    // Reports have one copy, on one server: it elects nobody.
    if (kept && (kept === this.observed || !this.isElecting)) this.#keep(kept, subject, text)
    return this.#tell(subject, text, respond)
  }

  #store(subject: string, payload: Uint8Array | string, guards: Guards): Answer {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    if (subject === subjects.log) {
      const expected = Number(guards?.get('Nats-Expected-Last-Sequence'))
      if (expected !== this.log.length) return wrongLast(this.log.length)
      this.log.push(Uint8Array.from(bytes))
      this.#wake()
      return { stream: streams.log, seq: this.log.length }
    }
    const values = subject === subjects.lease ? this.lease : this.#valuesFor(subject)
    if (!values) return 'nobody'
    const text = Buffer.from(bytes).toString()
    // Listeners see it whatever becomes of it.
    this.#tell(subject, text, undefined)
    const expected = guards?.get('Nats-Expected-Last-Subject-Sequence')
    const last = values.values.get(subject)?.sequence ?? 0
    if (expected && Number(expected) !== last) return wrongLast(last)
    return { seq: this.#keep(values, subject, text) }
  }

  #keep(values: LastValues, subject: string, text: string): number {
    values.last += 1
    // Readers go through them in the order in which they were stored.
    values.values.delete(subject)
    values.values.set(subject, { sequence: values.last, text })
    this.#wake()
    return values.last
  }

  #wake(): void {
    for (const wake of [...this.onStored]) wake()
  }

  #tell(subject: string, text: string, respond: ((text: string) => void) | undefined): boolean {
    const found = this.#match(subject)
    const inQueue = found.filter(({ queue }) => queue !== undefined)
    this.#turn += 1
    const chosen = inQueue[this.#turn % Math.max(1, inQueue.length)]
    for (const listener of found) {
      if (listener.queue !== undefined && listener !== chosen) continue
      const { end, take } = listener
      const { process } = end
      end.down.send(() =>
        process.reach(() => this.#listeners.has(listener) && take(subject, text, respond)),
      )
    }
    return found.length > 0
  }

  #match(subject: string): Listener[] {
    const known = this.#matching.get(subject)
    if (known) return known
    const words = subject.split('.')
    const found = [...this.#listeners].filter((listener) => isMeant(listener.words, words))
    this.#matching.set(subject, found)
    return found
  }

  #message(stream: string | undefined, asked: Asked): Answer {
    if (stream === streams.log) {
      const sequence = asked.seq ?? this.log.length
      const bytes = this.log[sequence - 1]
      return bytes ? { message: { seq: sequence, data: toBase64(bytes) } } : notFound
    }
    const found = this.lease.values.get(asked.last_by_subj ?? '')
    if (!found) return notFound
    return { message: { seq: found.sequence, data: toBase64(Buffer.from(found.text)) } }
  }

  #valuesOf(stream: string | undefined): LastValues {
    return stream === streams.desired ? this.desired : this.observed
  }

  #purge(stream: string | undefined, filter: string): Answer {
    const { values } = this.#valuesOf(stream)
    const words = filter.split('.')
    for (const subject of [...values.keys()]) {
      if (isMeant(words, subject.split('.'))) values.delete(subject)
    }
    return { success: true }
  }

  #lastOf(stream: string | undefined): number {
    if (stream === streams.log) return this.log.length
    return this.#valuesOf(stream).last
  }

  #valuesFor(subject: string): LastValues | undefined {
    const kind = subject.split('.')[2]
    return kind === 'desired' ? this.desired : kind === 'observed' ? this.observed : undefined
  }
}

type Asked = { seq?: number; last_by_subj?: string; filter?: string }

const toBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

function isMeant(pattern: readonly string[], words: readonly string[]): boolean {
  for (const [index, word] of pattern.entries()) {
    if (word === '>') return words.length > index
    if (word !== '*' && word !== words[index]) return false
    if (words[index] === undefined) return false
  }
  return pattern.length === words.length
}
