/** Numbers of the volumes of a definition: the one asked for or the lowest free. */
import { limits, type Refusal, refuse, type State, volumeDefinitionsOf } from '@varve/events'

export function allocateVolumeNumber(
  state: State,
  definition: string,
  wanted?: number,
): number | Refusal {
  const taken = volumeDefinitionsOf(state, definition).map((row) => row.number)
  const noun = 'volume definition'
  if (wanted !== undefined) {
    if (!taken.includes(wanted)) return wanted
    return refuse('exists', { noun, subject: `${definition}/${wanted}` })
  }
  const free = lowestVolumeNumber(taken)
  if (free <= limits.volumeNumber.max) return free
  const problem = `${definition} has all ${limits.volumeNumber.max + 1} volumes that it can have`
  return refuse('invalid-arguments', { subject: noun, problem })
}

/** Lowest number from 0 that is not taken; `taken` in any order. */
export function lowestVolumeNumber(taken: readonly number[]): number {
  const set = new Set(taken)
  let number = 0
  while (set.has(number)) number += 1
  return number
}
