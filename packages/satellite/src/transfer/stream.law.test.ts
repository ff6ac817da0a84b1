/** What goes in at one end comes out at the other, or a sentence does. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blockFrames, writeFrame } from './blocks.ts'
import { type Frame, TransferHeader } from './frame.ts'
import { memoryBlocks } from './given.ts'
import { decodeStream, encodeStream } from './stream.ts'

const chunk = 64 * 1024

const header = fc.record({
  format: fc.constant(1 as const),
  operation: fc.string(),
  volumes: fc.array(
    fc.record({
      number: fc.nat(65_535),
      kind: fc.constantFrom('blocks' as const, 'zfs' as const),
      sizeKib: fc.nat(),
    }),
  ),
})

const frame: fc.Arbitrary<Exclude<Frame, { kind: 'end' }>> = fc.oneof(
  fc.record({ kind: fc.constant('header' as const), header }),
  fc.record({ kind: fc.constant('volume' as const), number: fc.nat() }),
  fc.record({
    kind: fc.constant('data' as const),
    offset: fc.maxSafeNat(),
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({
    kind: fc.constant('zero' as const),
    offset: fc.maxSafeNat(),
    length: fc.maxSafeNat(),
  }),
  fc.record({ kind: fc.constant('progress' as const), bytes: fc.maxSafeNat() }),
  fc.record({
    kind: fc.constant('problem' as const),
    problem: fc.string({ unit: 'grapheme' }),
    isFinal: fc.boolean(),
  }),
)

async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const bytesOf = async (frames: Iterable<Frame>) =>
  Buffer.concat(await all(encodeStream(each(frames))))

/** The same bytes in pieces that break anywhere. */
function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0
  for (let n = 0; at < bytes.length; n += 1) {
    const size = sizes[n % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 20 })

test('frames come out as they went in, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame), sizes, async (frames, cuts) => {
      const bytes = await bytesOf(frames)
      const found = await all(decodeStream(each(pieces(bytes, cuts))))
      expect(found.map(plain)).toEqual(frames.map(plain))
    }),
  )
})

/** All but what merely tells progress, which is no part of the checksum. */
const told = frame.filter(({ kind }) => kind !== 'progress')

test('a stream that is cut off, or whose bytes are not the same, never counts as whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(told), fc.nat(), fc.boolean(), async (frames, at, isCut) => {
      const bytes = await bytesOf(frames)
      const place = at % bytes.length
      const broken = isCut ? bytes.subarray(0, place) : Buffer.from(bytes)
      if (!isCut) broken[place] = (broken[place] ?? 0) ^ (1 << (at % 8))
      await expect(all(decodeStream(each([broken])))).rejects.toThrow()
    }),
  )
})

/** Few different chunks, so that equal, changed and emptied ones all come up; odd sizes, too. */
const content = fc
  .tuple(fc.array(fc.constantFrom(0, 0, 1, 2), { maxLength: 40 }), fc.nat(chunk))
  .map(([values, tail]) => {
    const bytes = new Uint8Array(values.length * chunk + tail)
    for (const [n, value] of values.entries()) bytes.fill(value, n * chunk, (n + 1) * chunk)
    return bytes
  })

const source = (bytes: Uint8Array) => ({ content: memoryBlocks(bytes), sizeBytes: bytes.length })

test('a device is the same on the other side, whatever it was there before as long as that is the base', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.option(content), async (now, base) => {
      const target = new Uint8Array(now.length)
      if (base) target.set(base.subarray(0, now.length))
      const from = { ...source(now), base: base ? source(base) : undefined }
      const frames = await all(blockFrames(from))
      for (const each of frames) {
        if (each.kind !== 'data' && each.kind !== 'zero') continue
        await writeFrame(memoryBlocks(target), target.length, each)
      }
      expect(Buffer.compare(target, now)).toBe(0)
    }),
    { numRuns: 60 },
  )
})

test('what is as in the base does not travel', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.nat(), async (base, at) => {
      fc.pre(base.length > chunk)
      const now = new Uint8Array(base)
      const place = at % now.length
      now[place] = (now[place] ?? 0) ^ 0xff
      const sent = async (bytes: Uint8Array) =>
        (await all(blockFrames({ ...source(bytes), base: source(base) }))).filter(
          ({ kind }) => kind !== 'progress',
        )
      expect(await sent(now)).toHaveLength(1)
      expect(await sent(base)).toEqual([])
    }),
    { numRuns: 40 },
  )
})

test('nothing is written outside of the device', async () => {
  const target = memoryBlocks(new Uint8Array(10))
  const frame = { kind: 'data', offset: 8, bytes: new Uint8Array(3) } as const
  await expect(writeFrame(target, 10, frame)).rejects.toThrow('bytes up to 11 do not fit into 10')
})

test('a header with anything more or less than it shall have is refused', () => {
  expect(TransferHeader.safeParse({ format: 2, operation: 'x', volumes: [] }).success).toBe(false)
})

const plain = (one: Frame) => (one.kind === 'data' ? { ...one, bytes: [...one.bytes] } : one)
