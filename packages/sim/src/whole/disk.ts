/**
 * A machine's disk: it takes its time, and what was not yet on it when the power went is there in
 * part, or not at all, or as zeros.
 */
import type { Disk, DiskFile } from '@varve/controller/parts'
import type { SimClock } from '../clock.ts'
import type { Random } from '../random.ts'
import type { SimProcess } from './process.ts'

/** What a file holds, and how much of it would survive a power cut. */
type Content = { bytes: Buffer; synced: Buffer }
type Flying = { readonly content: Content; readonly bytes: Uint8Array; readonly position: number }

/** A write that is waited for, in ms. */
const usualMs = 1

export class SimDisk {
  readonly files = new Map<string, Content>()
  /** Longest time of a write, ms. */
  slowMs = usualMs
  readonly #clock: SimClock
  readonly #random: Random
  readonly #flying = new Set<Flying>()

  constructor(clock: SimClock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** As one process has it: what it is told ends with it. */
  for(process: SimProcess): Disk {
    const done = (act: () => void, ms = this.#time()) =>
      new Promise<void>((resolve) => {
        this.#clock.after(ms, () => {
          if (!process.isAlive) return
          act()
          process.reach(resolve)
        })
      })
    const at = (path: string): Content => {
      const content = this.files.get(path)
      if (!content) throw new Error(`${path} is not there`)
      return content
    }
    const contents = new WeakMap<DiskFile, Content>()
    return {
      open: async (path, mode) => {
        if (mode === 'new' || (mode === 'journal' && !this.files.has(path))) {
          this.files.set(path, { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) })
        }
        const content = at(path)
        const file = fileOf(content, (act) => done(act))
        contents.set(file, content)
        return file
      },
      writeAt: async (file, bytes, offset, position) => {
        const content = contents.get(file)
        if (!content) throw new Error('the file was not opened here')
        // What a dead process still has in hand reaches nothing.
        if (!process.isAlive) return new Promise(() => undefined)
        const flying = { content, bytes: bytes.slice(offset), position }
        this.#flying.add(flying)
        await done(() => {
          this.#flying.delete(flying)
          put(content, flying.bytes, position)
          content.synced = content.bytes
        })
        return flying.bytes.length
      },
      makeDirectory: async () => {},
      syncDirectory: async () => {},
      list: async (path) =>
        [...this.files.keys()]
          .filter((name) => name.startsWith(`${path}/`))
          .map((name) => name.slice(path.length + 1)),
      rename: async (from, to) => {
        this.files.set(to, at(from))
        this.files.delete(from)
      },
      remove: async (path) => void this.files.delete(path),
    }
  }

  /** The process is gone in the middle of its writes; `power`: with all that was not synced. */
  crash(power: boolean): void {
    for (const { content, bytes, position } of this.#flying) {
      const written = Math.floor(this.#random.next() * (bytes.length + 1))
      const part = Buffer.from(bytes.subarray(0, written))
      // The file has grown, but what was to stand there has not been written.
      if (power && this.#random.next() < 0.3) part.fill(0, Math.floor(written / 2))
      put(content, part, position)
      content.synced = content.bytes
    }
    this.#flying.clear()
    if (!power) return
    for (const [path, content] of this.files) {
      if (content.bytes === content.synced) continue
      const kept = Math.floor(this.#random.next() * content.bytes.length)
      const bytes = content.bytes.subarray(0, Math.max(kept, content.synced.length))
      this.files.set(path, { bytes, synced: bytes })
    }
  }

  #time(): number {
    return this.slowMs === usualMs ? usualMs : Math.ceil(this.#random.next() * this.slowMs)
  }
}

function fileOf(content: Content, done: (act: () => void) => Promise<void>): DiskFile {
  let place = 0
  const close = async () => {}
  return {
    stat: async () => ({ size: content.bytes.length }),
    read: async (buffer, offset, length, position) => {
      const from = position ?? place
      const part = content.bytes.subarray(from, from + length)
      buffer.set(part, offset)
      if (position === null) place += part.length
      return { bytesRead: part.length }
    },
    appendFile: async (text) => {
      content.bytes = Buffer.concat([content.bytes, Buffer.from(text)])
    },
    truncate: async (size) => {
      content.bytes = content.bytes.subarray(0, size)
    },
    sync: () =>
      done(() => {
        content.synced = content.bytes
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function put(content: Content, bytes: Uint8Array, position: number): void {
  const size = Math.max(content.bytes.length, position + bytes.length)
  const grown = Buffer.alloc(size)
  content.bytes.copy(grown)
  grown.set(bytes, position)
  content.bytes = grown
}
