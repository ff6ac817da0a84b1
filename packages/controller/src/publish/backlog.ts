/**
 * Definitions and nodes whose documents are to be compiled again. One command can touch all there
 * are (a property of the controller, a new leader's first look); compiled at once, the documents
 * of 10,000 definitions would keep the leader from everything else, its lease included. So they
 * are taken in slices: a document may always be compiled later, from a newer state.
 */
import { nameKey, type State } from '@varve/events'
import { nothingTouched, type Touched } from '../core/desired/touched.ts'

/** Definitions of one slice: some ten milliseconds of work. */
const sliceLimit = 100

export class Backlog {
  readonly #definitions = new Set<string>()
  readonly #nodes = new Set<string>()

  get isEmpty(): boolean {
    return this.#definitions.size === 0 && this.#nodes.size === 0
  }

  /** Everything that there is. */
  addAll(state: State): void {
    for (const key of state.definitions.keys()) this.#definitions.add(key)
    for (const { definition } of state.debts.values()) this.#definitions.add(nameKey(definition))
    for (const key of state.nodes.keys()) this.#nodes.add(key)
  }

  /** One slice: what was touched just now comes first, and the rest of it waits here. */
  take(touched: Touched = nothingTouched()): Touched {
    const slice = { ...nothingTouched(), gone: touched.gone }
    for (const key of touched.definitions) {
      if (slice.definitions.size < sliceLimit) slice.definitions.add(key)
      else this.#definitions.add(key)
    }
    for (const key of slice.definitions) this.#definitions.delete(key)
    for (const key of this.#definitions) {
      if (slice.definitions.size >= sliceLimit) break
      this.#definitions.delete(key)
      slice.definitions.add(key)
    }
    for (const key of [...touched.nodes, ...this.#nodes]) slice.nodes.add(key)
    this.#nodes.clear()
    return slice
  }
}
