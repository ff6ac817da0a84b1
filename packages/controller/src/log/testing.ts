/** Blocks for tests of this folder: chained like real ones, but without commands inside. */

import { genesis } from '@varve/events'
import { hashOf } from './block.ts'

/** Tests take blocks apart by position: they say how many they need. */
type Blocks = [Uint8Array, Uint8Array, ...Uint8Array[]]

/** `count` (two or more) blocks after `prev`; blocks of different `term` differ. */
export function testBlocks(count: number, options: { prev?: string; term?: number } = {}): Blocks {
  let prev = options.prev ?? genesis
  const next = (_: unknown, i: number): Uint8Array => {
    const block = { v: 1, term: options.term ?? 1, prev, entries: [{ id: i }] }
    const bytes = Buffer.from(JSON.stringify(block))
    prev = hashOf(bytes)
    return bytes
  }
  return [next(0, 0), next(0, 1), ...Array.from({ length: count - 2 }, (_, i) => next(_, i + 2))]
}
