/**
 * Publishes desired documents: only those whose contents changed. What was published stands in
 * memory as a hash and its position, so that a document keeps the sequence at which its contents
 * last changed.
 */
import { hash } from 'node:crypto'
import { streams } from '@varve/events'
import type { Edge } from '../edge/port.ts'
import { createBatchWriter } from './batches.ts'

type Document = Readonly<Record<string, unknown>> & { readonly node: string }
type Known = { readonly digest: string; readonly from: number }

/** Stored by somebody else: whatever it says is written anew, or cleared. */
const foreign: Known = { digest: '', from: 0 }

/** A document as it is to be after a block, made when the block was sealed. */
export type Prepared = { readonly subject: string; readonly document: Document | undefined }

export type DesiredPublisher = {
  /** Stores what changed, as of the block `sequence`, which must be in the log by now. */
  readonly publish: (prepared: readonly Prepared[], sequence: number) => void
  /** Clears all documents but those of these subjects: for a new leader's first look. */
  readonly clearOthers: (subjects: ReadonlySet<string>) => void
  /** Log sequence of a document's contents. */
  readonly positionOf: (subject: string) => number | undefined
  readonly all: () => Iterable<readonly [subject: string, from: number]>
  /** Looks again at what is stored, after the server was away: it keeps documents in memory. */
  readonly reload: () => Promise<void>
  /**
   * Whether everything is as this leader left it. If not, what others have written meanwhile (an
   * earlier leader that was stopped for a while, and did not know) counts as not published.
   */
  readonly inspect: () => Promise<boolean>
  /** Resolves when everything published so far is stored. */
  readonly settled: () => Promise<void>
  readonly stop: () => void
}

export async function createDesiredPublisher(options: {
  readonly edge: Pick<Edge, 'bus' | 'time'>
  readonly term: number
  readonly onProblem: (sentence: string, error: unknown) => void
}): Promise<DesiredPublisher> {
  const { edge, term, onProblem } = options
  const known = new Map<string, Known>()
  const writer = await createBatchWriter({
    edge,
    stream: streams.desired,
    onProblem: (error) => onProblem('desired documents could not be stored; trying again', error),
  })

  async function reload(): Promise<void> {
    const found = new Map<string, Known>()
    for await (const { subject, text } of edge.bus.lastPerSubject(streams.desired)) {
      const stored = readStored(text)
      if (stored) found.set(subject, stored)
    }
    known.clear()
    for (const [subject, stored] of found) known.set(subject, stored)
  }
  await reload()

  function offer({ subject, document }: Prepared, sequence: number): void {
    if (document === undefined) {
      if (known.delete(subject)) writer.put(subject, undefined)
      return
    }
    const head = `{"v":1,"term":${term},"from":${sequence},`
    // Encoded once, for the digest and for the stream.
    const bytes = Buffer.from(`${head}${JSON.stringify(document).slice(1)}`)
    const digest = digestOf(bytes.subarray(head.length))
    if (known.get(subject)?.digest === digest) return
    known.set(subject, { digest, from: sequence })
    writer.put(subject, bytes)
  }

  return {
    publish(prepared, sequence) {
      for (const one of prepared) offer(one, sequence)
      writer.flush()
    },
    clearOthers(subjects) {
      for (const subject of [...known.keys()]) {
        if (!subjects.has(subject)) offer({ subject, document: undefined }, 0)
      }
      writer.flush()
    },
    positionOf: (subject) => known.get(subject)?.from,
    *all() {
      for (const [subject, { from }] of known) yield [subject, from] as const
    },
    reload,
    async inspect() {
      if (await writer.isUndisturbed(known.size)) return true
      const before = new Map(known)
      await reload()
      for (const [subject, { from }] of known) {
        if (before.get(subject)?.from !== from) known.set(subject, foreign)
      }
      onProblem('documents are not as they were left and are written again', 'another has written')
      return false
    },
    settled: writer.settled,
    stop: writer.stop,
  }
}

/** Of the contents: what stands behind the position. */
function digestOf(contents: string | Uint8Array): string {
  return hash('sha1', contents, 'base64')
}

/** Each document begins like this, as `offer` writes it. */
const storedHead = /^\{"v":1,"term":\d+,"from":(\d+),/

/** Undefined: another release has written it, so it is written again. */
function readStored(text: string): Known | undefined {
  const [head, from] = storedHead.exec(text) ?? []
  if (head === undefined) return undefined
  return { digest: digestOf(text.slice(head.length)), from: Number(from) }
}
