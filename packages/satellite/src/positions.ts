/**
 * Remembers the highest position acted on, per resource, so that a log that went backwards (a
 * restored server, a lost disk) is noticed also across our own restart. Losing the file is fine.
 */
import { z } from 'zod'
import { isLower, type Position } from './core/position.ts'
import type { Host } from './host/host.ts'
import { configDirectory } from './layers/drbd/paths.ts'
import type { Log } from './ports.ts'

const path = `${configDirectory}/positions.json`

const Positions = z.object({
  v: z.literal(1),
  seen: z.record(z.string(), z.tuple([z.int(), z.int()])),
})

export type Verdict = 'newer' | 'same' | 'older-than-current' | 'older-than-remembered'

export class PositionKeeper {
  readonly #host: Host
  readonly #log: Log
  readonly #remembered = new Map<string, Position>()
  readonly #current = new Map<string, Position>()
  readonly #refused = new Set<string>()
  #isDirty = false

  constructor(host: Host, log: Log) {
    this.#host = host
    this.#log = log
  }

  async load(): Promise<void> {
    const text = await this.#host.readFile(path)
    if (text === undefined) return
    try {
      const { seen } = Positions.parse(JSON.parse(text))
      for (const [resource, [term, from]] of Object.entries(seen)) {
        this.#remembered.set(resource, { term, from })
      }
    } catch (error) {
      this.#log.warn({ path, error }, 'the remembered positions cannot be read and are left out')
    }
  }

  /** Judges a document that has arrived, and takes its position over when it is newer. */
  judge(resource: string, position: Position): Verdict {
    const current = this.#current.get(resource)
    if (current && isLower(position, current)) return 'older-than-current'
    if (current && !isLower(current, position)) return 'same'
    const remembered = this.#remembered.get(resource)
    if (remembered && isLower(position, remembered)) {
      this.#refused.add(resource)
      return 'older-than-remembered'
    }
    this.#current.set(resource, { term: position.term, from: position.from })
    this.#isDirty = true
    return 'newer'
  }

  /** All documents have been seen: what is remembered of resources without one is of no use. */
  complete(): void {
    for (const resource of this.#remembered.keys()) {
      const isKnown = this.#current.has(resource) || this.#refused.has(resource)
      if (!isKnown) this.#remembered.delete(resource)
    }
  }

  /** Before anything is acted on. */
  async save(): Promise<void> {
    if (!this.#isDirty) return
    this.#isDirty = false
    const all = [...new Map([...this.#remembered, ...this.#current])].sort(([a], [b]) =>
      a < b ? -1 : 1,
    )
    const seen = Object.fromEntries(all.map(([name, { term, from }]) => [name, [term, from]]))
    await this.#host.writeFile(path, `${JSON.stringify({ v: 1, seen })}\n`)
  }
}
