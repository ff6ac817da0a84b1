/**
 * The stream in which snapshots travel: frames of a letter, a length and a payload, numbers big-endian.
 * A header comes first, then for each volume its content, and at the end a digest of all bytes before.
 * Pure; what is read here came over a network, so nothing of it is believed before it is checked.
 */
import { z } from 'zod'

/** Most bytes of one frame's payload: what a receiver has to hold in memory. */
const mostBytes = 1024 * 1024 + 64

export const TransferHeader = z.strictObject({
  format: z.literal(1),
  /** Of the copy that this is part of: a receiver takes no other. */
  operation: z.string(),
  volumes: z.array(
    z.strictObject({
      number: z.int(),
      /** `blocks`: changes of a device, ours; `zfs`: what `zfs send` says. */
      kind: z.enum(['blocks', 'zfs']),
      /** Of the device; a whole number of KiB. */
      sizeKib: z.int().min(0),
    }),
  ),
  /** The older snapshot that changes are told against; absent: against nothing but zeroes. */
  base: z.string().optional(),
})
export type TransferHeader = z.infer<typeof TransferHeader>

export type Frame =
  | { readonly kind: 'header'; readonly header: TransferHeader }
  /** What follows belongs to this volume. */
  | { readonly kind: 'volume'; readonly number: number }
  /** Offsets and lengths are bytes. */
  | { readonly kind: 'data'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'zero'; readonly offset: number; readonly length: number }
  /** So many bytes of the volume have been dealt with: a long silence would be taken for the end. */
  | { readonly kind: 'progress'; readonly bytes: number }
  /** All is said; the digest is of all bytes before this frame, but for progress. */
  | { readonly kind: 'end'; readonly digest: Uint8Array }
  /** The sender cannot go on. `isFinal`: nor will it be able to later. */
  | { readonly kind: 'problem'; readonly problem: string; readonly isFinal: boolean }

const letters = {
  header: 0x48,
  volume: 0x56,
  data: 0x44,
  zero: 0x5a,
  progress: 0x52,
  end: 0x45,
  problem: 0x50,
} as const

const headBytes = 5

/** Several pieces, so that a payload of a mebibyte is not copied to be sent. */
export function encodeFrame(frame: Frame): Uint8Array[] {
  switch (frame.kind) {
    case 'header':
      return framed(frame.kind, textBytes(JSON.stringify(frame.header)))
    case 'volume':
      return framed(frame.kind, numbers(frame.number))
    case 'data':
      return framed(frame.kind, numbers(frame.offset), frame.bytes)
    case 'zero':
      return framed(frame.kind, numbers(frame.offset, frame.length))
    case 'progress':
      return framed(frame.kind, numbers(frame.bytes))
    case 'end':
      return framed(frame.kind, frame.digest)
    case 'problem':
      return framed(frame.kind, numbers(frame.isFinal ? 1 : 0), textBytes(frame.problem))
  }
}

function framed(kind: Frame['kind'], ...payload: Uint8Array[]): Uint8Array[] {
  const length = payload.reduce((sum, piece) => sum + piece.length, 0)
  if (length > mostBytes) throw new Error(`a frame of ${length} bytes is too long`)
  const head = new Uint8Array(headBytes)
  head[0] = letters[kind]
  new DataView(head.buffer).setUint32(1, length)
  return [head, ...payload]
}

const textBytes = (text: string) => new TextEncoder().encode(text)

function numbers(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length)
  const view = new DataView(bytes.buffer)
  for (const [at, value] of values.entries()) view.setBigUint64(8 * at, BigInt(value))
  return bytes
}

/** A frame with all its bytes, head included: what a digest is made of. */
export type Decoded = { readonly frame: Frame; readonly raw: Uint8Array }

/**
 * Bytes in pieces of any size → frames. Throws a sentence for what is no such stream; what is cut
 * off in the middle of a frame gives no frame.
 */
export function createDecoder(): (piece: Uint8Array) => Decoded[] {
  let pieces: Uint8Array[] = []
  let held = 0
  let needed = headBytes
  return (piece) => {
    pieces.push(piece)
    held += piece.length
    if (held < needed) return []
    const decoded: Decoded[] = []
    let rest = joined(pieces, held)
    for (;;) {
      needed = headBytes
      if (rest.length < needed) break
      const length = viewOf(rest).getUint32(1)
      if (length > mostBytes) throw new Error(`a frame of ${length} bytes is too long`)
      needed = headBytes + length
      if (rest.length < needed) break
      const raw = rest.subarray(0, needed)
      decoded.push({ frame: decodeFrame(raw[0] ?? 0, raw.subarray(headBytes)), raw })
      rest = rest.subarray(needed)
    }
    pieces = rest.length > 0 ? [rest] : []
    held = rest.length
    return decoded
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1 && pieces[0]) return pieces[0]
  const all = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

function decodeFrame(letter: number, payload: Uint8Array): Frame {
  switch (letter) {
    case letters.header:
      return { kind: 'header', header: TransferHeader.parse(JSON.parse(textOf(payload))) }
    case letters.volume:
      return { kind: 'volume', number: numberAt(payload, 0) }
    case letters.data:
      return { kind: 'data', offset: numberAt(payload, 0), bytes: payload.subarray(8) }
    case letters.zero:
      return { kind: 'zero', offset: numberAt(payload, 0), length: numberAt(payload, 8) }
    case letters.progress:
      return { kind: 'progress', bytes: numberAt(payload, 0) }
    case letters.end:
      return { kind: 'end', digest: payload }
    case letters.problem:
      return {
        kind: 'problem',
        isFinal: numberAt(payload, 0) === 1,
        problem: textOf(payload.subarray(8)),
      }
    default:
      throw new Error(`no frame begins with the byte ${letter}`)
  }
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

function numberAt(payload: Uint8Array, at: number): number {
  if (payload.length < at + 8) throw new Error('a frame is too short')
  const value = Number(viewOf(payload).getBigUint64(at))
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is no offset and no length`)
  return value
}
