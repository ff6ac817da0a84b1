/** A block as bytes: its form, its hash, and the few fields that the log itself must know. */

import { hash } from 'node:crypto'
import {
  type Block,
  blockVersion,
  type Entry,
  type EntryDetail,
  type FoldedEntry,
  NewerRelease,
} from '@varve/events'
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

/** An entry as a block has it: the part that is folded, and the rest. */
export type PrintedEntry = { readonly folded: string; readonly detail: string }

export function printEntry({ command, explain, ...entry }: Entry): PrintedEntry {
  const folded: FoldedEntry = { ...entry, command: { type: command.type } }
  const detail: EntryDetail = { args: command.args, explain }
  return { folded: JSON.stringify(folded), detail: JSON.stringify(detail) }
}

/** The bytes of the block that follows the one with hash `prev`. */
export function printBlock(
  { term, prev }: { readonly term: number; readonly prev: string },
  entries: readonly PrintedEntry[],
): Buffer {
  const list = `[${entries.map(({ folded }) => folded).join(',')}]`
  const details = `[${entries.map(({ detail }) => detail).join(',')}]`
  const head = `{"v":${blockVersion},"term":${term},"prev":"${prev}"`
  const folded = Buffer.byteLength(list)
  return Buffer.from(`${head},"folded":${folded},"entries":${list},"details":${details}}`)
}

/** `printBlock` begins a block like this; a block of another version does not. */
const foldedHead = /^\{"v":(\d+),"term":\d+,"prev":"[0-9a-f]{64}","folded":(\d+),"entries":/

/**
 * What the fold needs of a block, without reading the rest. Blocks are written by this program's
 * own kind and chained by hash, so they are not judged here.
 */
export function readFolded(bytes: Uint8Array): FoldedEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const [head, version, length] =
    foldedHead.exec(buffer.toString('latin1', 0, foldedHeadBytes)) ?? []
  if (head === undefined || Number(version) !== blockVersion) {
    checkVersion(parseJson(bytes) as Block)
    throw new Error('a block of the log has another form than this release writes')
  }
  const start = head.length
  return JSON.parse(buffer.toString('utf8', start, start + Number(length))) as FoldedEntry[]
}

const foldedHeadBytes = 192

/** The whole entries of a block. */
export function readEntries(bytes: Uint8Array): Entry[] {
  const block = parseJson(bytes) as Block
  checkVersion(block)
  return block.entries.map((entry, index): Entry => {
    const { args, explain } = block.details[index] ?? { args: undefined }
    const { events, reply, ...first } = entry
    return {
      ...first,
      command: { ...entry.command, args },
      events,
      ...(explain === undefined ? {} : { explain }),
      ...(reply === undefined ? {} : { reply }),
    }
  })
}

function checkVersion({ v }: Block): void {
  if (v === blockVersion) return
  throw new NewerRelease(
    `the log has a block of version ${v}; this release reads version ${blockVersion}`,
  )
}

/** The JSON in UTF-8 bytes; no copy of the bytes is made. */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
}
