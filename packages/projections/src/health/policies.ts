/** What policies would do and must not: somebody should look whether they are right to stand down. */
import { formatDuration } from '../age.ts'
import type { Sight } from '../world.ts'
import type { Problem } from './problem.ts'

/** Most reasons against a wish pass by themselves in a moment. */
const patienceMs = 60_000

export function policyProblems({ state, now }: Sight): Problem[] {
  return state.proposals.by('open', 'yes').flatMap(({ policy, about, wish, held, origin }) => {
    const ageMs = now - origin.at
    if (held === undefined || ageMs < patienceMs) return []
    return [
      {
        level: 'warning' as const,
        subject: about,
        sentence: `Policy ${policy} would ${wish}, but for ${formatDuration(ageMs)} ${held}.`,
        remedy: 'See all of them: varve proposals',
      },
    ]
  })
}
