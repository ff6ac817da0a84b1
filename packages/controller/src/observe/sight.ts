/** Whether the peers of an offline node still have word of it: its satellite may be all that is away. */
import {
  type Command,
  nameKey,
  nodeOf,
  type ObservedView,
  resourcesOf,
  resourcesOn,
  type State,
} from '@varve/events'

/** DRBD needs seconds to notice that a peer is gone, and a node may be away for hours. */
const everyMs = 5_000

type Look = (state: State, observed: ObservedView) => Command[]

/** `now`: monotonic, ms. Looks every few seconds, however often it is asked. */
export function createSight(now: () => number): Look {
  let next = 0
  return (state, observed) => {
    if (now() < next) return []
    next = now() + everyMs
    return sightFacts(state, observed)
  }
}

/** Says only what is new. */
function sightFacts(state: State, observed: ObservedView): Command[] {
  return [...state.nodes.values()].flatMap(({ name, link }): Command[] => {
    if (link.status !== 'offline') return []
    const isSeen = isSeenByPeers(state, observed, name)
    if (isSeen === (link.unseenSince === undefined)) return []
    return [{ type: 'fact.node-sight', args: { node: name, isSeen } }]
  })
}

/** A peer that is away itself has no say: what it told last is as old. */
function isSeenByPeers(state: State, observed: ObservedView, node: string): boolean {
  return resourcesOn(state, node).some(({ definition }) =>
    resourcesOf(state, definition).some((peer) => {
      if (nodeOf(state, peer.node)?.link.status !== 'online') return false
      const seen = observed.resource(definition, peer.node)
      return seen?.connections.some(
        (link) => nameKey(link.peer) === nameKey(node) && link.state === 'Connected',
      )
    }),
  )
}
