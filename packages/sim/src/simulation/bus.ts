/**
 * The way between controller and satellites, in memory: documents are kept, newest of each, and so
 * are observations; words on a way that is cut are lost, as NATS loses them.
 */
import { DesiredNode, DesiredResource, readDesiredSubject, type Subjects } from '@varve/events'
import type { Bus, DocumentsFollower } from '@varve/satellite'
import type { SimClock } from '../clock.ts'

/** A message takes this long: nothing that is sent is heard at the same moment. */
const wayMs = 1

type Listener = (subject: string, text: string) => void

/** A node's end of the way, over all lives of its satellite. */
type Seat = {
  isUp: boolean
  connected: AbortController
  readonly onReconnect: Set<() => void>
  readonly onRepublish: Set<() => void>
  readonly followers: Set<DocumentsFollower>
}

export class MemoryBus {
  readonly documents = new Map<string, string>()
  readonly observed = new Map<string, string>()
  /** Messages so far: whether anything goes on. */
  sent = 0
  readonly #clock: SimClock
  readonly #subjects: Subjects
  readonly #seats = new Map<string, Seat>()
  #listener: Listener | undefined

  constructor(clock: SimClock, subjects: Subjects) {
    this.#clock = clock
    this.#subjects = subjects
  }

  /** The controller that listens now. */
  listen(listener: Listener | undefined): void {
    this.#listener = listener
  }

  /** Stores a document, or clears its subject. */
  put(node: string, subject: string, text: string | undefined): void {
    if (text === undefined) this.documents.delete(subject)
    else this.documents.set(subject, text)
    const seat = this.#seatOf(node)
    for (const follower of seat.followers) {
      this.#later(() => {
        if (seat.isUp && seat.followers.has(follower)) this.#deliver(follower, subject)
      })
    }
  }

  /** Forgets what was reported under a subject, or under all that begin like it. */
  readonly purge = (filter: string): void => {
    const start = filter.endsWith('>') ? filter.slice(0, -1) : undefined
    for (const subject of [...this.observed.keys()]) {
      const isMeant = start === undefined ? subject === filter : subject.startsWith(start)
      if (isMeant) this.observed.delete(subject)
    }
  }

  readonly askAgain = (node: string): void => {
    const seat = this.#seatOf(node)
    this.#later(() => {
      if (seat.isUp) for (const act of seat.onRepublish) act()
    })
  }

  cut(node: string): void {
    this.#seatOf(node).isUp = false
  }

  heal(node: string): void {
    const seat = this.#seatOf(node)
    if (seat.isUp) return
    seat.isUp = true
    seat.connected.abort()
    seat.connected = new AbortController()
    for (const act of seat.onReconnect) act()
    for (const follower of seat.followers) this.#later(() => this.#deliverAll(node, follower))
  }

  /** For one life of a satellite: it ends with the signal. */
  connect(node: string, signal: AbortSignal): Bus {
    const seat = this.#seatOf(node)
    const whileUp = <T>(among: Set<T>, one: T) => {
      among.add(one)
      signal.addEventListener('abort', () => among.delete(one), { once: true })
    }
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    return {
      send: (subject, body) => {
        if (seat.isUp && !signal.aborted) this.#later(() => this.#hear(node, subject, body))
      },
      connected: () => seat.connected.signal,
      follow: (onReconnect) => {
        whileUp(seat.onReconnect, onReconnect)
        return ended
      },
      onRepublish: (act) => whileUp(seat.onRepublish, act),
      followDocuments: (follower) => {
        whileUp(seat.followers, follower)
        // Without a way to the documents it has not caught up either.
        if (seat.isUp) this.#later(() => !signal.aborted && this.#deliverAll(node, follower))
        return ended
      },
    }
  }

  #hear(node: string, subject: string, body: string): void {
    if (subject !== this.#subjects.heartbeat(node)) this.observed.set(subject, body)
    this.#listener?.(subject, body)
  }

  #later(act: () => void): void {
    this.sent += 1
    this.#clock.after(wayMs, act)
  }

  #deliver(follower: DocumentsFollower, subject: string): void {
    const text = this.documents.get(subject)
    if (text === undefined) return
    const isNode = readDesiredSubject(subject)?.resource === undefined
    if (isNode) follower.onNode(DesiredNode.parse(JSON.parse(text)))
    else follower.onResource(DesiredResource.parse(JSON.parse(text)))
  }

  #deliverAll(node: string, follower: DocumentsFollower): void {
    const seat = this.#seatOf(node)
    if (!seat.isUp || !seat.followers.has(follower)) return
    const own = this.#subjects.desiredOf(node).slice(0, -1)
    for (const subject of this.documents.keys()) {
      if (subject.startsWith(own)) this.#deliver(follower, subject)
    }
    follower.onCaughtUp()
  }

  #seatOf(node: string): Seat {
    const known = this.#seats.get(node)
    if (known) return known
    const seat: Seat = {
      isUp: true,
      connected: new AbortController(),
      onReconnect: new Set(),
      onRepublish: new Set(),
      followers: new Set(),
    }
    this.#seats.set(node, seat)
    return seat
  }
}
