/** Long work in short turns, between which whatever else runs in this process gets its own. */
import { setImmediate } from 'node:timers/promises'

/** Steps of a turn: a few milliseconds. */
const stepsAtATime = 20

/** What the work returns in the end. */
export async function inTurns<T>(work: Generator<void, T>): Promise<T> {
  try {
    for (let steps = 1; ; steps += 1) {
      const step = work.next()
      if (step.done) return step.value
      if (steps % stepsAtATime === 0) await setImmediate()
    }
  } finally {
    // Whatever it has changed for a while is taken back even when a step has failed.
    work.return(undefined as T)
  }
}
