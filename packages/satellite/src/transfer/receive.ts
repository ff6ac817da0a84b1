/**
 * The receiving end of a copy: listens until the sender has sent all, with the checksum that it was
 * sent with, and gives up when it is hopeless or nothing has come for long.
 */
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { DesiredReceive, DesiredSnapshot } from '@varve/events'
import type { Step } from '../core/step.ts'
import type { Clock, Log } from '../ports.ts'
import type { NodeKey } from '../secrets/node-key.ts'
import { isComplete } from '../snapshots/parts.ts'
import type { Frame, TransferHeader } from './frame.ts'
import { Hopeless, sentenceOf } from './hopeless.ts'
import { secure } from './secure.ts'
import { type Incoming, openSink, partOf, type Sink } from './sink.ts'
import { decodeStream, encodeStream, signOfLife } from './stream.ts'

export type ReceiveOptions = Incoming & {
  readonly clock: Clock
  readonly log: Log
  readonly key: NodeKey
  readonly onListening: (port: number) => void
  readonly onProgress: (doneKib: number) => void
}

/** So long nothing may come: the sender's satellite may be starting again. */
const patienceMs = 5 * 60_000
/** The sender looks out for these. */
const lifeMs = 5_000
/** Connections that were cut off before the end. */
const mostAttempts = 20

/** Resolves when the snapshot is there; rejects with the sentence that it fails with. */
export async function receiveCopy(
  wanted: DesiredSnapshot,
  receive: DesiredReceive,
  options: ReceiveOptions,
): Promise<void> {
  const { host, signal, clock, log, onListening } = options
  // All had come before this satellite was started.
  if (isComplete(wanted, await options.look())) return
  await using listener = await host.listen(receive.address, receive.ports)
  onListening(listener.port)
  const patience = createPatience(clock, signal)
  const connections = listener.connections[Symbol.asyncIterator]()
  let last = 'it has not connected'
  let attempts = 0
  let running: Attempt | undefined
  let next = connections.next()
  try {
    while (attempts < mostAttempts) {
      const happened = await Promise.race([
        next,
        patience.lost,
        ...(running ? [running.ended] : []),
      ])
      if (happened === undefined || happened === 'given up') break
      if (happened === 'done') return
      if (happened instanceof Error) {
        if (happened instanceof Hopeless) throw happened
        attempts += 1
        last = sentenceOf(happened)
        log.warn({ operation: receive.operation, problem: last }, 'a snapshot has not come whole')
        running = undefined
        continue
      }
      if (happened.done) break
      next = connections.next()
      const secured = await admit(happened.value, receive, options)
      if (!secured) continue
      // The same sender again: it has given up the connection before, of which nobody told us.
      if ((await running?.stop()) === 'done') return
      running = begin(secured, wanted, receive, { ...options, hear: patience.renew })
    }
  } finally {
    await running?.stop()
  }
  if (signal.aborted) throw new Error('it was given up')
  throw new Error(`node ${receive.from} has not sent it: ${last}`)
}

/** Undefined: whoever it is does not have the key. It is told nothing, and costs no attempt. */
async function admit(
  socket: Duplex,
  { operation: identity, publicKey }: DesiredReceive,
  { key, log }: ReceiveOptions,
): Promise<TLSSocket | undefined> {
  try {
    return await secure('server', socket, { identity, key: key.agree(publicKey, identity) })
  } catch (error) {
    const problem = sentenceOf(error)
    log.warn({ operation: identity, problem }, 'a connection was turned away')
    return undefined
  }
}

function createPatience(clock: Clock, signal: AbortSignal) {
  let endsAt = clock.now() + patienceMs
  const lost = (async () => {
    while (!signal.aborted && clock.now() < endsAt) {
      await clock.sleep(Math.max(1, endsAt - clock.now()), signal)
    }
    return 'given up' as const
  })()
  return {
    renew: () => {
      endsAt = clock.now() + patienceMs
    },
    lost,
  }
}

type Attempt = {
  /** Never rejects. */
  readonly ended: Promise<'done' | Error>
  /** Resolves when nothing of it is left open. */
  readonly stop: () => Promise<'done' | Error>
}

type Attempted = ReceiveOptions & { readonly hear: () => void }

function begin(
  secured: TLSSocket,
  wanted: DesiredSnapshot,
  receive: DesiredReceive,
  options: Attempted,
): Attempt {
  const stop = new AbortController()
  stop.signal.addEventListener('abort', () => secured.destroy(), { once: true })
  const signal = AbortSignal.any([options.signal, stop.signal])
  const ended = attempt(secured, wanted, receive, { ...options, signal }).then(
    () => 'done' as const,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  return {
    ended,
    stop: () => {
      stop.abort()
      return ended
    },
  }
}

async function attempt(
  secured: TLSSocket,
  wanted: DesiredSnapshot,
  receive: DesiredReceive,
  options: Attempted,
): Promise<void> {
  const give = () => secured.destroy()
  options.signal.addEventListener('abort', give, { once: true })
  const living = setInterval(() => secured.write(signOfLife()), lifeMs)
  try {
    const finish = await takeAll(secured, wanted, receive, options)
    options.signal.throwIfAborted()
    await options.act(finish)
    clearInterval(living)
    await say(secured, [])
  } catch (error) {
    clearInterval(living)
    if (error instanceof Hopeless) await tell(secured, error).catch(() => undefined)
    throw error
  } finally {
    options.signal.removeEventListener('abort', give)
    secured.destroy()
  }
}

async function tell(secured: TLSSocket, { message }: Error): Promise<void> {
  await say(secured, [{ kind: 'problem', problem: message, isFinal: true }])
}

/** The sender waits for these words. */
async function say(secured: TLSSocket, frames: readonly Frame[]): Promise<void> {
  const pieces: Uint8Array[] = []
  for await (const piece of encodeStream(each(frames))) pieces.push(piece)
  await new Promise<void>((resolve) => secured.end(Buffer.concat(pieces), () => resolve()))
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

/** Returns the steps that make it count, once every volume of it has come. */
async function takeAll(
  secured: TLSSocket,
  wanted: DesiredSnapshot,
  receive: DesiredReceive,
  options: ReceiveOptions & { readonly hear: () => void },
): Promise<Step[]> {
  let header: TransferHeader | undefined
  let sink: Sink | undefined
  let beforeKib = 0
  const seen: TransferHeader['volumes'] = []
  try {
    // Left at the last frame, and not closed: the sender waits for our word.
    const bytes = secured.iterator({ destroyOnReturn: false })
    for await (const frame of decodeStream(bytes)) {
      options.hear()
      if (frame.kind === 'problem') {
        throw new (frame.isFinal ? Hopeless : Error)(`node ${receive.from}: ${frame.problem}`)
      }
      if (frame.kind === 'header') header = checked(frame.header, wanted, receive)
      else if (!header) throw new Error('what comes has no header')
      else if (frame.kind === 'volume') {
        await closed(sink)
        sink = undefined
        const volume = header.volumes.find(({ number }) => number === frame.number)
        if (!volume || seen.includes(volume)) throw new Error(`volume ${frame.number} is not meant`)
        beforeKib = seen.reduce((sum, { sizeKib }) => sum + sizeKib, 0)
        seen.push(volume)
        sink = await openSink(wanted, receive.base, volume, options)
      } else if (frame.kind === 'progress') {
        options.onProgress(beforeKib + Math.floor(frame.bytes / 1024))
      } else await taken(sink, frame)
    }
    await closed(sink)
    sink = undefined
  } finally {
    await sink?.[Symbol.asyncDispose]()
  }
  if (!header || seen.length !== header.volumes.length) throw new Error('a volume is missing')
  return finishing(wanted, options)
}

/** On this machine: what cannot be written now cannot be written later either. */
async function taken(
  sink: Sink | undefined,
  frame: Extract<Frame, { kind: 'data' | 'zero' }>,
): Promise<void> {
  if (!sink) throw new Error('what comes belongs to no volume')
  await sink.take(frame).catch(hopeless)
}

async function closed(sink: Sink | undefined): Promise<void> {
  if (!sink) return
  try {
    await sink.end().catch(hopeless)
  } finally {
    await sink[Symbol.asyncDispose]()
  }
}

function hopeless(error: unknown): never {
  throw error instanceof Hopeless ? error : new Hopeless(sentenceOf(error), { cause: error })
}

/** What comes is what this node was told to receive. */
function checked(
  header: TransferHeader,
  wanted: DesiredSnapshot,
  { operation, base }: DesiredReceive,
): TransferHeader {
  const numbers = (volumes: readonly { readonly number: number }[]) =>
    volumes
      .map(({ number }) => number)
      .toSorted((a, b) => a - b)
      .join(' ')
  const isMeant =
    header.operation === operation &&
    header.base === base?.snapshot &&
    numbers(header.volumes) === numbers(wanted.volumes)
  if (isMeant) return header
  throw new Error('what comes is not what this node was told to receive')
}

async function finishing(wanted: DesiredSnapshot, options: Incoming): Promise<Step[]> {
  const inventory = await options.look()
  return wanted.volumes.flatMap(({ number }) => {
    const part = partOf(wanted, number)(inventory)
    if (!part?.object || typeof part.ability === 'string') {
      throw new Hopeless(`volume ${number} has come, and is not to be found`)
    }
    return part.ability.transfer.finish(part.of)
  })
}
