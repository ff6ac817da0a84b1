/**
 * Auto-verify-algo: which digest `drbdadm verify` compares blocks by. The first one of the list that
 * the kernels of all its nodes have, so that any two of them can be verified; a `verify-alg` that
 * somebody has set comes before it.
 */
import {
  type Command,
  firstOf,
  isLive,
  isYes,
  nodeOf,
  usualDigests,
  verifyKey,
} from '@varve/events'
import type { Facts } from './facts.ts'

const listKey = 'DrbdOptions/auto-verify-algo-allowed-list'
const userListKey = 'DrbdOptions/auto-verify-algo-allowed-user-list'
const disableKey = 'DrbdOptions/auto-verify-algo-disable'

export function verifyAlgorithmPolicy(facts: Facts): Command[] {
  const { state, definition, chain, resources } = facts
  if (!isLive(definition) || !definition.layers.includes('DRBD')) return []
  if (resources.length === 0 || isYes(firstOf(disableKey, chain))) return []
  const known = resources.map(({ node }) => nodeOf(state, node)?.capabilities?.digests)
  // What a kernel has that nobody has asked yet is not known to be missing.
  if (known.includes(undefined)) return []
  const digest = allowed(chain).find((each) => known.every((digests) => digests?.includes(each)))
  if (digest === definition.props[verifyKey]) return []
  const args = { definition: definition.name, ...(digest === undefined ? {} : { digest }) }
  return [{ type: 'verify-algorithm.manage', args }]
}

/** Best first; what an administrator allows leaves the order as it is. */
function allowed(chain: Facts['chain']): readonly string[] {
  const split = (key: string) => firstOf(key, chain)?.split(';')
  const list = split(listKey) ?? usualDigests
  const own = split(userListKey)
  return own === undefined ? list : list.filter((each) => own.includes(each))
}
