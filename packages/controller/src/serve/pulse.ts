/** Tells readers in this process that something has changed, and of which definitions. */
import type { FoldedEntry } from '@varve/events'

/** Names of definitions that moved; undefined: anything may have. */
type Change = readonly string[] | undefined

export type Pulse = {
  readonly ring: (change: Change) => void
  /** Calls back at each change until it is disposed. */
  readonly onChange: (listener: (change: Change) => void) => Disposable
}

export function createPulse(): Pulse {
  const listeners = new Set<(change: Change) => void>()
  return {
    ring(change) {
      for (const listener of listeners) listener(change)
    },
    onChange(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}

/** The definitions that entries are about, each once. */
export function definitionsIn(entries: readonly Pick<FoldedEntry, 'events'>[]): string[] {
  const definitions = new Set<string>()
  for (const { events } of entries) {
    for (const event of events) if ('definition' in event) definitions.add(event.definition)
  }
  return [...definitions]
}
