/**
 * Quorum (reference 10): while nobody else has set it, `majority` as soon as a majority can mean
 * something, else `off`.
 */
import { type Command, isLive } from '@varve/events'
import { type Facts, hasDrbd, isQuorumManaged } from './facts.ts'

const neededDrbd = [9, 0, 18]

export function quorumPolicy(facts: Facts): Command[] {
  const { definition } = facts
  if (!isLive(definition) || !definition.layers.includes('DRBD')) return []
  if (!isQuorumManaged(facts)) return []
  const quorum = isFeasible(facts) ? 'majority' : 'off'
  const now = definition.props['DrbdOptions/Resource/quorum']
  if (now === quorum || (now === undefined && quorum === 'off')) return []
  return [{ type: 'quorum.manage', args: { definition: definition.name, quorum } }]
}

function isFeasible({ state, resources }: Facts): boolean {
  const diskful = resources.filter((row) => row.kind === 'diskful').length
  // Clients do not vote; tie-breakers and ordinary diskless peers do.
  const voters = resources.filter((row) => row.kind === 'diskless' || row.kind === 'tie-breaker')
  const enough = diskful >= 3 || (diskful === 2 && voters.length >= 1)
  return enough && resources.every((row) => hasDrbd(state, row.node, neededDrbd))
}
