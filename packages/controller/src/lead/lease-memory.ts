/** The lease in memory: for tests and the simulator. */

import type { LeaseStore, LeaseValue } from './port.ts'

/** An empty store; controllers that share it compete for one lease. */
export function memoryLease(): LeaseStore {
  let stored: { sequence: number; value: LeaseValue } | undefined
  const watchers = new Set<() => void>()
  return {
    read: async () => stored ?? 'nothing',
    async write(value, expected) {
      if (expected !== (stored?.sequence ?? 0)) return { kind: 'refused' }
      stored = { sequence: expected + 1, value }
      for (const wake of [...watchers]) wake()
      return { kind: 'stored', sequence: stored.sequence }
    },
    watch(wake) {
      watchers.add(wake)
      return { [Symbol.dispose]: () => void watchers.delete(wake) }
    },
  }
}
