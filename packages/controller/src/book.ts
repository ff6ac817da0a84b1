/**
 * The book: journal, state and history of one controller. Blocks come into it from the stream
 * while it stands by; while it leads, the sequencer keeps the state and tells the book.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import {
  createState,
  type Entry,
  evolveEntry,
  type FoldedEntry,
  genesis,
  type State,
  stateLines,
} from '@varve/events'
import type { HistoryIndex } from '@varve/projections'
import type { Logger } from 'pino'
import { type Disk, machineDisk } from './edge/disk.ts'
import { machineTime, type Time } from './edge/time.ts'
import { hashOf, readEntries, readFolded } from './log/block.ts'
import { readCheckpoint, writeCheckpoint } from './log/checkpoint.ts'
import { type Journal, openJournal } from './log/journal.ts'
import type { LogStream } from './log/port.ts'
import { reconcile, restoreTail } from './log/reconcile.ts'
import { emptyMemory, foldBlock, memoryLines, memoryReader, remember } from './memory.ts'
import { Past } from './past.ts'

/** Whose disk and clock it is. */
type Machine = { readonly disk: Disk; readonly time: Pick<Time, 'after'> }

/** A start folds this many entries in about a tenth of a second; more are worth a checkpoint. */
const checkpointEveryEntries = 20_000

export class Book implements AsyncDisposable {
  readonly journal: Journal
  readonly past: Past
  #memory = emptyMemory()
  readonly #directory: string
  readonly #log: Logger
  readonly #time: Machine['time']
  #checkpointed = 0
  /** Told of entries as soon as they are folded and stored. */
  onEntries: ((entries: readonly FoldedEntry[]) => void) | undefined
  #reached: { sequence: number; resolve: (reached: boolean) => void }[] = []

  private constructor(journal: Journal, directory: string, log: Logger, time: Machine['time']) {
    this.journal = journal
    this.#directory = directory
    this.#time = time
    this.past = new Past(directory, journal)
    this.#log = log
  }

  static async open(
    directory: string,
    log: Logger,
    { disk, time }: Machine = { disk: machineDisk, time: machineTime },
  ): Promise<Book> {
    const journal = await openJournal(join(directory, 'journal'), undefined, disk)
    if (journal.tornBytes > 0) {
      log.warn({ bytes: journal.tornBytes }, 'an unfinished last line of the journal was cut off')
    }
    const book = new Book(journal, directory, log, time)
    await book.load()
    return book
  }

  /** Folds from the newest good checkpoint, or from the beginning; forgets what was there. */
  async load(): Promise<void> {
    const { checkpoint, ignored } = await readCheckpoint(this.#directory, {
      reader: memoryReader,
      hashAt: (sequence) => this.journal.hashAt(sequence),
      disk: this.journal.disk,
    })
    for (const reason of ignored) this.#log.warn({ reason }, 'a checkpoint was passed over')
    this.#memory = checkpoint?.content ?? emptyMemory()
    this.#checkpointed = this.state.position.entries
    await this.#foldFrom(this.state.position.sequence + 1)
  }

  get state(): State {
    return this.#memory.state
  }

  /** Where the entries about each object stand. */
  get history(): HistoryIndex {
    return this.#memory.history
  }

  /** Who was elected last, as far as the log is folded. */
  get leader(): string | undefined {
    return this.#memory.leader
  }

  /** Takes from the stream what the journal lacks, and folds it. */
  async catchUp(stream: LogStream): Promise<void> {
    const { setAside } = await reconcile(this.journal, stream)
    if (setAside) {
      this.#log.warn(setAside, 'a block that was never acknowledged was set aside')
      await this.load()
      return
    }
    await this.#foldFrom(this.state.position.sequence + 1)
  }

  /** Puts back what the stream has lost; only the holder of the lease may. */
  async restoreStream(stream: LogStream): Promise<void> {
    const restored = await restoreTail(this.journal, stream)
    if (restored > 0) this.#log.warn({ blocks: restored }, 'the stream had lost its end: restored')
  }

  /** Follows the stream until `signal`: journal first, then state. */
  async follow(stream: LogStream, signal: AbortSignal): Promise<void> {
    for await (const { sequence, bytes } of stream.follow(this.journal.last.sequence + 1, signal)) {
      if (signal.aborted) return
      await this.journal.append([bytes])
      this.#fold({ bytes, sequence, hash: this.journal.last.hash })
    }
  }

  /** The leader's own block: state and journal have it already. */
  noteStored(entries: readonly Entry[], sequence: number): void {
    remember(this.#memory, entries, sequence)
    this.#wake()
    this.onEntries?.(entries)
  }

  async entriesAt(sequence: number): Promise<readonly Entry[] | undefined> {
    const block = await this.journal.at(sequence)
    return block && readEntries(block.bytes)
  }

  /** Resolves true when the state has `sequence`, false when it has not within `timeoutMs`. */
  reach(sequence: number, timeoutMs: number): Promise<boolean> {
    if (this.state.position.sequence >= sequence) return Promise.resolve(true)
    return new Promise((resolve) => {
      const timer = this.#time.after(timeoutMs, () => resolve(false))
      this.#reached.push({
        sequence,
        resolve: (reached) => {
          timer[Symbol.dispose]()
          resolve(reached)
        },
      })
    })
  }

  /** Writes a checkpoint when enough has happened. The state must not run ahead of the journal. */
  async checkpoint(): Promise<void> {
    const { position } = this.state
    if (position.entries - this.#checkpointed < checkpointEveryEntries) return
    if (position.sequence !== this.journal.last.sequence) return
    this.#checkpointed = position.entries
    const checkpoint = {
      sequence: position.sequence,
      blockHash: position.hash,
      lines: memoryLines(this.#memory),
    }
    await writeCheckpoint(this.#directory, checkpoint, this.journal.disk)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.journal.close()
  }

  async #foldFrom(sequence: number): Promise<void> {
    await this.journal.scan(sequence, (block) => this.#fold(block))
  }

  #fold(block: { bytes: Uint8Array; sequence: number; hash: string }): void {
    const entries = foldBlock(this.#memory, block)
    this.#wake()
    this.onEntries?.(entries)
  }

  #wake(): void {
    const { sequence } = this.state.position
    for (const waiter of this.#reached) if (sequence >= waiter.sequence) waiter.resolve(true)
    this.#reached = this.#reached.filter((waiter) => sequence < waiter.sequence)
  }
}

/** SHA-256 over every record in key order: equal for equal states, however they came about. */
export function stateHash(state: State): string {
  return hash('sha256', [...stateLines(state)].join(''), 'hex')
}

/** The state after a whole journal, given as its lines. */
export function foldLines(lines: readonly string[]): State {
  const state = createState(genesis)
  for (const [index, line] of lines.entries()) {
    const bytes = Buffer.from(line)
    const sequence = index + 1
    for (const entry of readFolded(bytes)) evolveEntry(state, entry, sequence)
    state.position.sequence = sequence
    state.position.hash = hashOf(bytes)
  }
  return state
}
