/**
 * Tie-breaker (reference 9): an even number of two or more diskful replicas gets one diskless
 * voter, so that losing half of them cannot be mistaken for a split.
 */
import {
  type Command,
  defaultDisklessPool,
  firstOf,
  isLive,
  isRefusal,
  isYes,
  nodeOf,
  poolOf,
} from '@varve/events'
import { autoPlace } from '../placement/place.ts'
import { type Facts, hasDrbd, isQuorumManaged } from './facts.ts'

const property = 'DrbdOptions/auto-add-quorum-tiebreaker'
/** First DRBD whose diskless peers vote. */
const neededDrbd = [9, 0, 19]

export function tieBreakerPolicy(facts: Facts): Command[] {
  const { state, definition, resources } = facts
  if (!isLive(definition) || !definition.layers.includes('DRBD')) return []
  const present = resources.find((row) => row.kind === 'tie-breaker')
  if (shouldExist(facts)) {
    if (present) return []
    const node = chooseNode(facts)
    return node === undefined
      ? []
      : [{ type: 'tie-breaker.add', args: { definition: definition.name, node } }]
  }
  // Removing it while its node cannot follow would leave a voter that nobody counts.
  if (!present || nodeOf(state, present.node)?.link.status !== 'online') return []
  return [{ type: 'tie-breaker.remove', args: { definition: definition.name, node: present.node } }]
}

function shouldExist(facts: Facts): boolean {
  const { chain, resources } = facts
  if (!isYes(firstOf(property, chain))) return false
  const quorum = firstOf('DrbdOptions/Resource/quorum', chain)
  if (!isQuorumManaged(facts) && quorum !== 'majority') return false
  const diskful = resources.filter((row) => row.kind === 'diskful').length
  const otherVoter = resources.some((row) => row.kind === 'diskless')
  return diskful >= 2 && diskful % 2 === 0 && !otherVoter
}

/** The autoplacer chooses, with storage pool wishes left out: a tie-breaker stores nothing. */
function chooseNode({ state, observed, definition, resources }: Facts): string | undefined {
  if (!resources.every((row) => hasDrbd(state, row.node, neededDrbd))) return undefined
  const placement = autoPlace(state, observed, {
    definition: definition.name,
    filter: { additionalPlaceCount: 1, disklessType: 'DRBD' },
    sizeKib: 0,
    layers: definition.layers,
    diskless: true,
  })
  if (isRefusal(placement)) return undefined
  const node = placement.chosen[0]?.node
  if (node === undefined || !hasDrbd(state, node, neededDrbd)) return undefined
  return poolOf(state, node, defaultDisklessPool) ? node : undefined
}
