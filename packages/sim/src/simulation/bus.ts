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
type Seat = {
  isUp: boolean
  connected: AbortController
  readonly onReconnect: Set<() => void>
  readonly onRepublish: Set<() => void>
  readonly followers: Set<DocumentsFollower>
}

export type MemoryBus = {
  /** One life of a satellite: it ends with the signal. */
  readonly connect: (node: string, signal: AbortSignal) => Bus
  /** The controller that listens now. */
  readonly listen: (listener: Listener | undefined) => void
  /** Stores a document, or clears its subject. */
  readonly put: (node: string, subject: string, text: string | undefined) => void
  readonly documents: ReadonlyMap<string, string>
  readonly observed: Map<string, string>
  readonly askAgain: (node: string) => void
  readonly cut: (node: string) => void
  readonly heal: (node: string) => void
  /** Messages sent so far: whether anything goes on. */
  readonly count: () => number
}

export function createMemoryBus(clock: SimClock, subjects: Subjects): MemoryBus {
  const documents = new Map<string, string>()
  const observed = new Map<string, string>()
  const seats = new Map<string, Seat>()
  let listener: Listener | undefined
  let sent = 0

  function seatOf(node: string): Seat {
    const known = seats.get(node)
    if (known) return known
    const seat: Seat = {
      isUp: true,
      connected: new AbortController(),
      onReconnect: new Set(),
      onRepublish: new Set(),
      followers: new Set(),
    }
    seats.set(node, seat)
    return seat
  }

  function later(act: () => void): void {
    sent += 1
    clock.after(wayMs, act)
  }

  function deliver(follower: DocumentsFollower, subject: string): void {
    const text = documents.get(subject)
    if (text === undefined) return
    const isNode = readDesiredSubject(subject)?.resource === undefined
    if (isNode) follower.onNode(DesiredNode.parse(JSON.parse(text)))
    else follower.onResource(DesiredResource.parse(JSON.parse(text)))
  }

  function deliverAll(node: string, follower: DocumentsFollower): void {
    const own = subjects.desiredOf(node).slice(0, -1)
    for (const subject of documents.keys()) if (subject.startsWith(own)) deliver(follower, subject)
    follower.onCaughtUp()
  }

  return {
    documents,
    observed,
    count: () => sent,
    listen: (to) => {
      listener = to
    },
    put(node, subject, text) {
      if (text === undefined) documents.delete(subject)
      else documents.set(subject, text)
      const { followers } = seatOf(node)
      for (const follower of followers) {
        later(() => {
          if (seatOf(node).isUp && followers.has(follower)) deliver(follower, subject)
        })
      }
    },
    askAgain: (node) =>
      later(() => {
        if (seatOf(node).isUp) for (const act of seatOf(node).onRepublish) act()
      }),
    cut: (node) => {
      seatOf(node).isUp = false
    },
    heal(node) {
      const seat = seatOf(node)
      if (seat.isUp) return
      seat.isUp = true
      seat.connected.abort()
      seat.connected = new AbortController()
      for (const act of seat.onReconnect) act()
      for (const follower of seat.followers) later(() => deliverAll(node, follower))
    },
    connect(node, signal) {
      const seat = seatOf(node)
      const whileUp = <T>(among: Set<T>, one: T) => {
        among.add(one)
        signal.addEventListener('abort', () => among.delete(one), { once: true })
      }
      const ended = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      return {
        send(subject, body) {
          if (!seat.isUp || signal.aborted) return
          later(() => {
            if (subject !== subjects.heartbeat(node)) observed.set(subject, body)
            listener?.(subject, body)
          })
        },
        connected: () => seat.connected.signal,
        follow(onReconnect) {
          whileUp(seat.onReconnect, onReconnect)
          return ended
        },
        onRepublish: (act) => whileUp(seat.onRepublish, act),
        followDocuments(follower) {
          whileUp(seat.followers, follower)
          // Without a way to the documents it has not caught up either.
          if (seat.isUp) later(() => !signal.aborted && seat.isUp && deliverAll(node, follower))
          return ended
        },
      }
    },
  }
}
