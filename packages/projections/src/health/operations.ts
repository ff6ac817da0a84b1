/** Operations that do not get on, and for whom they wait. */
import { formatDuration } from '../age.ts'
import { waitsFor } from '../operations.ts'
import { waitSentence } from '../settled.ts'
import type { Sight } from '../world.ts'
import type { Problem } from './problem.ts'

/** Ordinary deletions and resizes take seconds; what takes longer waits for somebody. */
const patienceMs = 60_000

export function operationProblems(sight: Sight): Problem[] {
  const problems: Problem[] = []
  for (const operation of sight.state.operations.values()) {
    const waits = waitsFor(sight, operation)
    const ageMs = sight.now - operation.origin.at
    const hasFailed = waits.some((wait) => wait.lastFailure !== undefined)
    if (waits.length === 0 || (ageMs < patienceMs && !hasFailed)) continue
    const whom = waits.map((wait) => waitSentence(sight, wait)).join('; ')
    problems.push({
      level: 'warning',
      subject: operation.target,
      sentence: `Operation ${operation.kind} of ${operation.target} has been waiting for ${formatDuration(ageMs)}: ${whom}.`,
      remedy: `varve explain stuck ${operation.target}`,
    })
  }
  return problems
}
