/** DRBD minors: one per volume definition, the same on every node, unique in the cluster. */
import { minors, type Refusal, refuse, type State } from '@varve/events'
import { minorRanges } from './auto-range.ts'
import { formatRanges } from './range.ts'

/** The wanted minor if it is free, else the lowest free one of the automatic range. */
export function allocateMinor(state: State, wanted?: number): number | Refusal {
  if (wanted !== undefined) {
    if (!state.numbers.has(minors, wanted)) return wanted
    const fields = { measured: wanted, holder: holderOf(state, wanted) }
    return refuse('minor-used', fields, 'Leave the minor out to have a free one chosen.')
  }
  const ranges = minorRanges(state)
  for (const { min, max } of ranges) {
    const free = state.numbers.lowestFree(minors, min, max)
    if (free !== undefined) return free
  }
  const remedy = 'Widen the controller property MinorNrAutoRange.'
  return refuse('minors-exhausted', { required: formatRanges(ranges) }, remedy)
}

/** Only for the sentence of a refusal: a walk over all volume definitions. */
function holderOf(state: State, minor: number): string {
  for (const row of state.volumeDefinitions.values()) {
    if (row.minor === minor) return `volume ${row.number} of ${row.definition}`
  }
  return 'another volume'
}
