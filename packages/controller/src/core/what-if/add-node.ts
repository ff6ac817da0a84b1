/** One more node, as if it had been there: like the first that is online, and empty. */
import { keyOf, nameKey, type ObservedView, type State } from '@varve/events'

/** No name of a real one is likely to be this. */
const addedNode = 'one-more-node'

/** The view in which its pools have `sizeKib` each; undefined: none is added. */
export function addNode(
  state: State,
  observed: ObservedView,
  sizeKib: number | undefined,
): ObservedView {
  const like = [...state.nodes.values()].find(({ link }) => link.status === 'online')
  if (sizeKib === undefined || !like) return observed
  const { evacuation: _, ...node } = like
  state.nodes.set(addedNode, { ...node, name: addedNode })
  const pools = state.pools.by('node', nameKey(like.name))
  for (const { problem: _, ...pool } of pools) {
    state.pools.set(keyOf(addedNode, pool.name), { ...pool, node: addedNode })
  }
  return {
    ...observed,
    pool(node, pool) {
      if (nameKey(node) !== addedNode) return observed.pool(node, pool)
      const row = state.pools.get(keyOf(node, pool))
      if (!row) return undefined
      const { name, provider } = row
      return { pool: name, provider, totalKib: sizeKib, freeKib: sizeKib, at: 0 }
    },
  }
}
