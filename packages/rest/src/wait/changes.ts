/** Changes for those who look now and then: none is missed between two looks. */
import { nameKey } from '@varve/events'
import type { Change, Ports } from '../ports.ts'

/** Gathers changes between two looks; there is never more of them than there are definitions. */
export function changesOf(onChange: Ports['onChange']) {
  let changed: Set<string> | 'anything' | undefined
  let wake = () => {}
  const listening = onChange((change: Change) => {
    if (change === undefined) changed = 'anything'
    else if (changed !== 'anything') {
      changed ??= new Set()
      for (const definition of change) changed.add(nameKey(definition))
    }
    wake()
  })
  return {
    async next(longestMs: number, signal: AbortSignal) {
      if (changed === undefined) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(() => wake(), longestMs)
          wake = () => {
            clearTimeout(timer)
            // Whoever looks for as long as the process lives would leave one behind at each look.
            signal.removeEventListener('abort', wake)
            resolve()
          }
          signal.addEventListener('abort', wake)
          if (signal.aborted) wake()
        })
      }
      const taken = changed
      changed = undefined
      return taken
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  }
}
