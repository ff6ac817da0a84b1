/** The hash of a state that nobody changes meanwhile, without holding up whatever else runs here. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type State, stateLines } from '@varve/events'

/** A few milliseconds of work. */
const linesAtATime = 2_000

/** As `stateHash`. */
export async function hashSlowly(state: State): Promise<string> {
  const digest = createHash('sha256')
  let count = 0
  for (const line of stateLines(state)) {
    digest.update(line)
    count += 1
    if (count % linesAtATime === 0) await setImmediate()
  }
  return digest.digest('hex')
}
