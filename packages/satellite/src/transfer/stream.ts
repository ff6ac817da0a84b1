/** Frames with a digest at their end, as bytes in both directions. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createDecoder, encodeFrame, type Frame } from './frame.ts'

/** Says that somebody is there; a whole stream may have it anywhere between its frames. */
export const signOfLife = (): Uint8Array =>
  Buffer.concat(encodeFrame({ kind: 'progress', bytes: 0 }))

/** Bytes of a whole stream; what tells progress is not part of the checksum; the frames come without an `end`. */
export async function* encodeStream(frames: AsyncIterable<Frame>): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256')
  for await (const frame of frames) {
    for (const piece of encodeFrame(frame)) {
      if (frame.kind !== 'progress') digest.update(piece)
      yield piece
    }
  }
  yield* encodeFrame({ kind: 'end', digest: digest.digest() })
}

/**
 * Frames as they come, up to the `end`, which is not given on: whoever gets to the end of this has
 * read all that was sent, unchanged. Throws a sentence for all else.
 */
export async function* decodeStream(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Exclude<Frame, { kind: 'end' }>> {
  const digest = createHash('sha256')
  const decode = createDecoder()
  for await (const piece of bytes) {
    for (const { frame, raw } of decode(piece)) {
      if (frame.kind === 'end') {
        const found = digest.digest()
        if (found.length === frame.digest.length && timingSafeEqual(found, frame.digest)) return
        throw new Error('what came has another checksum than what was sent')
      }
      if (frame.kind !== 'progress') digest.update(raw)
      yield frame
    }
  }
  throw new Error('the connection ended before all had come')
}
