/**
 * Publishes desired documents: only those whose contents changed, the newest of each subject, a
 * bounded number at a time. What was published stands in memory as a hash and its position, so
 * that a document keeps the sequence at which its contents last changed.
 */
import { hash } from 'node:crypto'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { streams } from '@varve/events'
import { lastPerSubject } from './last-per-subject.ts'

type Document = Readonly<Record<string, unknown>> & { readonly node: string }
type Known = { readonly digest: string; readonly from: number }

/** A document as it is to be after a block, made when the block was sealed. */
export type Prepared = { readonly subject: string; readonly document: Document | undefined }

export type DesiredPublisher = {
  /** Stores what changed, as of the block `sequence`, which must be in the log by now. */
  readonly publish: (prepared: readonly Prepared[], sequence: number) => void
  /** Clears the documents of whatever `prepared` does not list: for a new leader's first look. */
  readonly clearOthers: (prepared: readonly Prepared[]) => void
  /** Looks again at what is stored, after the server was away: it keeps documents in memory. */
  readonly reload: () => Promise<void>
  /** Resolves when everything published so far is stored. */
  readonly settled: () => Promise<void>
  readonly stop: () => void
}

const parallel = 64

export async function createDesiredPublisher(options: {
  readonly connection: NatsConnection
  readonly term: number
  readonly onProblem: (sentence: string, error: unknown) => void
}): Promise<DesiredPublisher> {
  const { connection, term, onProblem } = options
  const client = jetstream(connection, { timeout: 5_000 })
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const known = new Map<string, Known>()
  /** Newest text per subject that is not stored yet; undefined: to be cleared. */
  const waiting = new Map<string, string | undefined>()
  const busy = new Set<string>()
  let idle: (() => void)[] = []
  let stopped = false

  async function reload(): Promise<void> {
    const found = new Map<string, Known>()
    for await (const { subject, text } of lastPerSubject(connection, streams.desired)) {
      const stored = readStored(text)
      if (stored) found.set(subject, stored)
    }
    known.clear()
    for (const [subject, stored] of found) known.set(subject, stored)
  }
  await reload()

  function offer(subject: string, document: Document | undefined, sequence: number): void {
    if (document === undefined) {
      if (!known.delete(subject)) return
      waiting.set(subject, undefined)
      return
    }
    const digest = digestOf(document)
    if (known.get(subject)?.digest === digest) return
    known.set(subject, { digest, from: sequence })
    waiting.set(subject, JSON.stringify({ v: 1, term, from: sequence, ...document }))
  }

  async function send(subject: string, text: string | undefined): Promise<void> {
    try {
      if (text === undefined) await manager.streams.purge(streams.desired, { filter: subject })
      else await client.publish(subject, text)
    } catch (error) {
      if (stopped) return
      onProblem('a desired document could not be stored; trying again', error)
      if (!waiting.has(subject)) waiting.set(subject, text)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  function pump(): void {
    for (const [subject, text] of waiting) {
      if (busy.size >= parallel || stopped) break
      if (busy.has(subject)) continue
      waiting.delete(subject)
      busy.add(subject)
      void send(subject, text).then(() => {
        busy.delete(subject)
        pump()
      })
    }
    if (busy.size === 0 && waiting.size === 0) {
      for (const resolve of idle.splice(0)) resolve()
    }
  }

  return {
    publish(prepared, sequence) {
      for (const { subject, document } of prepared) offer(subject, document, sequence)
      pump()
    },
    clearOthers(prepared) {
      const listed = new Set(prepared.map(({ subject }) => subject))
      for (const subject of [...known.keys()]) {
        if (!listed.has(subject)) offer(subject, undefined, 0)
      }
      pump()
    },
    reload,
    settled() {
      return busy.size === 0 && waiting.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            idle.push(resolve)
          })
    },
    stop() {
      stopped = true
      waiting.clear()
      for (const resolve of idle.splice(0)) resolve()
      idle = []
    },
  }
}

function digestOf(document: Document): string {
  return hash('sha1', JSON.stringify(document), 'base64')
}

function readStored(text: string): Known | undefined {
  try {
    const { v: _v, term: _term, from, ...document } = JSON.parse(text)
    return typeof from === 'number' ? { digest: digestOf(document), from } : undefined
  } catch {
    return undefined
  }
}
