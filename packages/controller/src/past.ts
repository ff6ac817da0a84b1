/**
 * The past: the state after any block, folded from the nearest checkpoint before it. The last one
 * asked for is kept for a while, since whoever looks at a moment has several questions about it.
 */
import { isRefusal, type Moment, type Refusal, refuse } from '@varve/events'
import { readEntries } from './log/block.ts'
import { readCheckpoint } from './log/checkpoint.ts'
import type { Journal } from './log/journal.ts'
import { emptyMemory, foldBlock, type Memory, memoryReader } from './memory.ts'

/** It is as large as the present state: nobody should pay for it who does not ask. */
const keptMs = 60_000
/** Between two parts of a fold whatever else the controller has to do gets its turn. */
const blocksAtATime = 500

export class Past {
  readonly #directory: string
  readonly #journal: Journal
  #memory: Memory | undefined
  #forget: NodeJS.Timeout | undefined
  /** Questions one after the other: a fold moves the state that another would be reading. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(directory: string, journal: Journal) {
    this.#directory = directory
    this.#journal = journal
  }

  /**
   * `ask` with the memory as of `moment`; a refusal when the log, which is stored up to `end`, does
   * not reach there.
   */
  at<T>(moment: Moment, end: number, ask: (memory: Memory) => Promise<T>): Promise<T | Refusal> {
    const answer = this.#last.then(async () => {
      const sequence = await this.#sequenceOf(moment, end)
      return isRefusal(sequence) ? sequence : ask(await this.#memoryAt(sequence))
    })
    this.#last = answer.catch(() => undefined)
    return answer
  }

  async #sequenceOf(moment: Moment, end: number): Promise<number | Refusal> {
    if ('timeMs' in moment) return this.#sequenceBefore(moment.timeMs, end)
    if (moment.sequence <= end) return moment.sequence
    return refuse('not-in-log', { subject: `sequence ${moment.sequence}`, measured: end })
  }

  /** The last block that began by then: times never decrease along the log. 0: none did. */
  async sequenceAt(timeMs: number, end: number): Promise<number> {
    let [before, after] = [0, end + 1]
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if ((await this.#beginOf(middle)) <= timeMs) before = middle
      else after = middle
    }
    return before
  }

  async #sequenceBefore(timeMs: number, end: number): Promise<number | Refusal> {
    const before = await this.sequenceAt(timeMs, end)
    if (before > 0) return before
    const measured = end === 0 ? 'its first entry' : isoTime(await this.#beginOf(1))
    return refuse('before-the-log', { subject: isoTime(timeMs), measured })
  }

  async #beginOf(sequence: number): Promise<number> {
    const block = await this.#journal.at(sequence)
    const [first] = block ? readEntries(block.bytes) : []
    if (!first) throw new Error(`block ${sequence} of the journal cannot be read`)
    return first.at
  }

  async #memoryAt(sequence: number): Promise<Memory> {
    const start = await this.#nearest(sequence)
    // While it is being folded it is nobody's: a fold that fails must not leave half a state.
    this.#memory = undefined
    const { position } = start.state
    while (position.sequence < sequence) {
      const to = Math.min(sequence, position.sequence + blocksAtATime)
      await this.#journal.scan(position.sequence + 1, (block) => foldBlock(start, block), to)
      if (position.sequence !== to) throw new Error(`the journal ends at ${position.sequence}`)
    }
    this.#memory = start
    clearTimeout(this.#forget)
    this.#forget = setTimeout(() => this.forget(), keptMs).unref()
    return start
  }

  /** The next question folds from a checkpoint again. */
  forget(): void {
    this.#memory = undefined
  }

  /** What is kept, or a checkpoint, whichever is nearer; never past `sequence`. */
  async #nearest(sequence: number): Promise<Memory> {
    const kept = await this.#keptBefore(sequence)
    const from = kept ? kept.state.position.sequence + 1 : 1
    const { checkpoint } = await readCheckpoint(this.#directory, {
      disk: this.#journal.disk,
      reader: memoryReader,
      hashAt: (at) => this.#journal.hashAt(at),
      from,
      upTo: sequence,
    })
    return checkpoint?.content ?? kept ?? emptyMemory()
  }

  /** Of the same history: a block that was never acknowledged may have made way for another. */
  async #keptBefore(sequence: number): Promise<Memory | undefined> {
    const { position } = this.#memory?.state ?? {}
    if (!position || position.sequence > sequence) return undefined
    const hash = await this.#journal.hashAt(position.sequence)
    return hash === position.hash ? this.#memory : undefined
  }
}

const isoTime = (ms: number) => new Date(ms).toISOString()
