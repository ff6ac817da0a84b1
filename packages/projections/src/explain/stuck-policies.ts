/** What policies would do and may not yet: why, and what a person can do instead. */
import { type Proposal, type Reference, readReference, type State } from '@varve/events'
import type { Sight } from '../world.ts'
import type { Stuck } from './stuck.ts'

export function stuckPolicies({ state }: Sight, object?: Reference): Stuck[] {
  return state.proposals.by('open', 'yes').flatMap((row) => {
    const isMeant = object === undefined || row.about.toLowerCase() === object.toLowerCase()
    if (row.held === undefined || !isMeant) return []
    const sentence = `Policy ${row.policy} would ${row.wish}, but ${row.held}.`
    return [{ subject: row.about, sentence, waysOut: waysOutOf(state, row) }]
  })
}

function waysOutOf(state: State, { policy, about }: Proposal): string[] {
  const [name = ''] = readReference(about).names
  const byItself = 'It does so by itself when that is over.'
  if (policy === 'auto-evict') {
    return [
      byItself,
      `If the node will not come back: varve node lost ${name}`,
      `To empty it all the same: varve node evacuate ${name}`,
    ]
  }
  if (policy !== 're-place') return [byItself]
  const replicas = state.resources.countBy('definition', name.toLowerCase())
  return replicas === 0
    ? [`None of its data is left: varve resource-definition delete ${name}`]
    : [byItself, `To do it all the same: varve resource auto-place ${name}`]
}
