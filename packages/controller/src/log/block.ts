/** A block as bytes: its hash, and the few fields that the log itself must know. */

import { hash } from 'node:crypto'
import { z } from 'zod'

/** Just enough of a block; whoever folds it reads the rest. */
const BlockHead = z.object({ term: z.int().min(1), prev: z.string().length(64) })

/** The form in which we write blocks begins like this, so most need no parsing to be chained. */
const usualHead = /^\{"v":\d+,"term":(\d+),"prev":"([0-9a-f]{64})",/
const usualHeadBytes = 128

/** SHA-256 over the bytes as they were stored, in hex: the `prev` of the next block. */
export function hashOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

/** Term and predecessor of a block; throws when the bytes are not a block. */
export function headOf(bytes: Uint8Array): { term: number; prev: string } {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, usualHeadBytes))
  const [, term, prev] = usualHead.exec(start.toString('latin1')) ?? []
  if (term !== undefined && prev !== undefined) return { term: Number(term), prev }
  return BlockHead.parse(parseJson(bytes))
}

/** The JSON in UTF-8 bytes; no copy of the bytes is made. */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
}
