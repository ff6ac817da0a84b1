/** The sending end of a copy: connects, sends, and tries again until the receiver has all of it. */

import type { Duplex } from 'node:stream'
import type { DesiredSend, DesiredSnapshot } from '@varve/events'
import { backoffMs } from '../core/backoff.ts'
import type { Blocks } from '../host/host.ts'
import type { Clock, Log } from '../ports.ts'
import type { NodeKey } from '../secrets/node-key.ts'
import { hasBase, isOurs, type Part, parts } from '../snapshots/parts.ts'
import { problemOf } from '../storage/look.ts'
import type { BlockTransfer, SnapshotObject } from '../storage/provider.ts'
import { blockFrames } from './blocks.ts'
import { drained } from './drained.ts'
import type { Frame } from './frame.ts'
import { Hopeless, sentenceOf } from './hopeless.ts'
import { secure } from './secure.ts'
import type { Incoming } from './sink.ts'
import { decodeStream, encodeStream } from './stream.ts'

export type SendOptions = Incoming & {
  readonly clock: Clock
  readonly log: Log
  readonly key: NodeKey
  /** Objects that some copy reads: the last one closes them. */
  readonly readers: Map<string, number>
  readonly onProgress: (progress: { readonly doneKib: number; readonly totalKib: number }) => void
  readonly onProblem: (problem: string) => void
}

/** Some signs of life of the receiver may be late on a busy machine. */
const silenceMs = 60_000

/** Much less than what the receiver has patience for: its satellite is back within seconds. */
const longestPauseMs = 5_000

/** Resolves when the receiver has said that it has all; until then, or the signal, it is tried. */
export async function sendCopy(
  wanted: DesiredSnapshot,
  send: DesiredSend,
  options: SendOptions,
): Promise<void> {
  const { clock, log, signal } = options
  for (let attempts = 1; !signal.aborted; attempts += 1) {
    try {
      await attempt(wanted, send, options)
      return
    } catch (error) {
      if (signal.aborted) return
      const problem = sentenceOf(error)
      log.warn({ operation: send.operation, problem }, 'a snapshot could not be sent')
      options.onProblem(problem)
    }
    await clock.sleep(Math.min(longestPauseMs, backoffMs(attempts)), signal)
  }
}

async function attempt(
  wanted: DesiredSnapshot,
  send: DesiredSend,
  options: SendOptions,
): Promise<void> {
  const { operation: identity, publicKey, address, port } = send
  const socket = await options.host.connect(address, port, options.signal)
  const key = options.key.agree(publicKey, identity)
  const secured = await secure('client', socket, { identity, key })
  const give = () => secured.destroy()
  options.signal.addEventListener('abort', give, { once: true })
  try {
    const answer = heard(secured, give)
    // It may say that it is hopeless while there is still much to send.
    answer.catch(give)
    await write(secured, encodeStream(frames(wanted, send, options))).catch(async (error) => {
      await answer
      throw error
    })
    await answer
  } finally {
    options.signal.removeEventListener('abort', give)
    secured.destroy()
  }
}

/** As fast as the other end takes it. */
async function write(socket: Duplex, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of bytes) {
    if (socket.destroyed) throw new Error('the connection is gone')
    if (!socket.write(piece)) await drained(socket)
  }
}

/**
 * The receiver's last word. It shows signs of life until then: whoever lost its power would else be
 * written to for a quarter of an hour.
 */
async function heard(bytes: AsyncIterable<Uint8Array>, give: () => void): Promise<void> {
  const watch = setTimeout(give, silenceMs)
  try {
    for await (const frame of decodeStream(bytes)) {
      if (frame.kind === 'problem') throw new Error(frame.problem)
      watch.refresh()
    }
  } finally {
    clearTimeout(watch)
  }
}

/** A fault on this side is told to the other, which else would only see the end. */
async function* frames(
  wanted: DesiredSnapshot,
  send: DesiredSend,
  options: SendOptions,
): AsyncGenerator<Frame> {
  try {
    yield* content(wanted, send, options)
  } catch (error) {
    const problem = sentenceOf(error)
    options.log.warn({ operation: send.operation, problem }, 'a snapshot cannot be read')
    const isFinal = error instanceof Hopeless
    yield { kind: 'problem', problem: problem.slice(0, 4_000), isFinal }
  }
}

type Readable = Part & {
  readonly ability: Exclude<Part['ability'], string>
  readonly object: NonNullable<Part['object']>
}

async function* content(
  wanted: DesiredSnapshot,
  { operation, base }: DesiredSend,
  options: SendOptions,
): AsyncGenerator<Frame> {
  const inventory = await options.look()
  const found = parts(wanted, inventory).map(readable)
  const blind = base && found.find((part) => !hasBase(part, base, inventory))
  if (blind) throw new Hopeless(`the base ${base.snapshot} of ${blind.key} is not there`)
  const totalKib = found.reduce((sum, { object }) => sum + object.sizeKib, 0)
  yield {
    kind: 'header',
    header: {
      format: 1,
      operation,
      volumes: found.map(({ number, object, ability }) => ({
        number,
        kind: ability.transfer.kind,
        sizeKib: object.sizeKib,
      })),
      ...(base === undefined ? {} : { base: base.snapshot }),
    },
  }
  let doneKib = 0
  for (const part of found) {
    yield { kind: 'volume', number: part.number }
    const { transfer } = part.ability
    const from = base && { ...part.of, ...base }
    const told =
      transfer.kind === 'zfs'
        ? zfsFrames(transfer.send(part.of, from), options)
        : deviceFrames(transfer, part, from, options)
    for await (const frame of told) {
      if (frame.kind === 'progress') {
        options.onProgress({ doneKib: doneKib + Math.floor(frame.bytes / 1024), totalKib })
      }
      yield frame
    }
    doneKib += part.object.sizeKib
    options.onProgress({ doneKib, totalKib })
  }
}

/** Nothing but what Varve has made for this snapshot is ever sent. */
function readable(part: Part): Readable {
  const { ability, object, key } = part
  if (typeof ability === 'string') throw new Hopeless(ability)
  if (!part.isPlaceSeen) throw new Error(`${key} cannot be looked at`)
  if (!object) throw new Hopeless(`${key} is not there`)
  if (!isOurs(part) || object.isNew) throw new Hopeless(`${key} is not the snapshot that is meant`)
  return { ...part, ability, object }
}

async function* zfsFrames(argv: readonly string[], { host, signal }: SendOptions) {
  const stop = new AbortController()
  const child = host.pipe(argv, { signal: AbortSignal.any([signal, stop.signal]) })
  try {
    let offset = 0
    for await (const piece of child.output) {
      for (let at = 0; at < piece.length; at += mostPiece) {
        const bytes = piece.subarray(at, at + mostPiece)
        yield { kind: 'data', offset, bytes } as const
        offset += bytes.length
      }
      yield { kind: 'progress', bytes: offset } as const
    }
    const result = await child.ended
    if (result.exitCode !== 0) throw new Error(`zfs send: ${problemOf(result)}`)
  } finally {
    stop.abort()
    await child.ended
  }
}

const mostPiece = 512 * 1024

async function* deviceFrames(
  transfer: BlockTransfer,
  { of, object }: Readable,
  base: SnapshotObject | undefined,
  options: SendOptions,
): AsyncGenerator<Frame> {
  await using device = await opened(transfer, of, options)
  if (!base) {
    yield* blockFrames({ content: device, sizeBytes: object.sizeKib * 1024 })
    return
  }
  await using before = await opened(transfer, base, options)
  const sizeBytes = object.sizeKib * 1024
  // Of one size, or it would not have been chosen.
  yield* blockFrames({ content: device, sizeBytes, base: { content: before, sizeBytes } })
}

async function opened(
  transfer: BlockTransfer,
  of: SnapshotObject,
  { host, act, readers }: SendOptions,
): Promise<Pick<Blocks, 'read'> & AsyncDisposable> {
  const path = transfer.path(of)
  readers.set(path, (readers.get(path) ?? 0) + 1)
  const close = async () => {
    const left = (readers.get(path) ?? 1) - 1
    if (left > 0) readers.set(path, left)
    else {
      readers.delete(path)
      await act(transfer.close(of))
    }
  }
  try {
    await act(transfer.open(of))
    const blocks = await host.openBlocks(path, 'read')
    return {
      read: blocks.read,
      [Symbol.asyncDispose]: async () => {
        await blocks[Symbol.asyncDispose]()
        await close()
      },
    }
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}
