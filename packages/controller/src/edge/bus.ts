/**
 * What a controller needs of NATS, and no more: so that the same controller runs on a simulated
 * server. Requests are those of JetStream's own API (log/jetstream-api.ts has the words).
 */
import type { Request } from '../log/jetstream-api.ts'
import type { StoredBlock } from '../log/port.ts'

/** A message of core NATS. */
export type Message = {
  readonly subject: string
  readonly text: string
  /** Where an answer is to go. */
  readonly reply: string | undefined
  readonly respond: (text: string) => void
}

export type Bus = {
  readonly request: Request
  /** To whoever listens now; nobody knows whether it arrived. */
  readonly publish: (subject: string, text: string | Uint8Array) => void
  /** Of those with the same `queue` one hears each message. */
  readonly listen: (subject: string, take: (message: Message) => void, queue?: string) => Disposable
  /**
   * The messages of a stream from sequence `from` on, then each new one, until `signal` or until
   * something interrupts it: a reader that the server has forgotten just ends.
   */
  readonly consume: (
    stream: string,
    from: number,
    signal: AbortSignal | undefined,
  ) => AsyncIterable<StoredBlock>
  /** All last values of a stream, once. */
  readonly lastPerSubject: (stream: string) => AsyncIterable<{ subject: string; text: string }>
  /** Makes the streams that are missing, and verifies those that are there. */
  readonly ensureStreams: () => Promise<void>
  /** Makes a new reader of a node's documents; what it answers is for the satellite. */
  readonly makeReader: (node: string) => Promise<object>
  /** Calls back whenever the connection was lost and is there again. */
  readonly onReconnect: (back: () => void) => Disposable
}
