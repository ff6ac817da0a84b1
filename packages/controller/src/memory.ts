/**
 * What a book remembers: the state, and where the entries about each object stand. A checkpoint
 * holds both, line by line, so that after a start nothing of what is older is read again.
 */
import {
  createState,
  evolveEntry,
  type FoldedEntry,
  genesis,
  requireKnown,
  type Slice,
  type State,
  StateReader,
  stateSlices,
} from '@varve/events'
import { HistoryIndex, type SavedHistory } from '@varve/projections'
import { readFolded } from './log/block.ts'
import type { Reader } from './log/checkpoint.ts'

export type Memory = {
  readonly state: State
  readonly history: HistoryIndex
  /** Who was elected last. */
  leader: string | undefined
}

export function emptyMemory(): Memory {
  return { state: createState(genesis), history: new HistoryIndex(), leader: undefined }
}

/** What an entry tells beside the state, once it is stored. */
export function remember(memory: Memory, entries: readonly FoldedEntry[], sequence: number): void {
  for (const [index, entry] of entries.entries()) {
    memory.history.add(entry, sequence, index)
    if (entry.command.type !== 'leader.elect') continue
    for (const event of entry.events) {
      if (event.type === 'leader.elected') memory.leader = event.controller
    }
  }
}

/** Takes in the block that follows, whose chain has been verified; returns its entries. */
export function foldBlock(
  memory: Memory,
  { bytes, sequence, hash }: { bytes: Uint8Array; sequence: number; hash: string },
): readonly FoldedEntry[] {
  const entries = readFolded(bytes)
  requireKnown(entries)
  for (const entry of entries) evolveEntry(memory.state, entry, sequence)
  memory.state.position.sequence = sequence
  memory.state.position.hash = hash
  remember(memory, entries, sequence)
  return entries
}

/** The memory as it is now; it must not change before the last line is made. */
export function* memoryLines({ state, history, leader }: Memory): Generator<string> {
  if (leader !== undefined) yield JSON.stringify({ leader })
  for (const slice of stateSlices(state)) yield JSON.stringify(slice)
  for (const part of history.saved()) yield JSON.stringify(part)
}

export function memoryReader(): Reader<Memory> {
  const reader = new StateReader()
  const history = new HistoryIndex()
  let leader: string | undefined
  return {
    take(line) {
      // Written by memoryLines of the same version; the checkpoint's hash vouches for it.
      const part = JSON.parse(line) as Slice | SavedHistory | { leader: string }
      if ('leader' in part) leader = part.leader
      else if ('generation' in part) history.restore(part)
      else reader.take(part)
    },
    finish: () => ({ state: reader.finish(), history, leader }),
  }
}
