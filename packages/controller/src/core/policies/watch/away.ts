/** When many nodes are away at once it is the network, and nobody should act on it. */
import { controllerProps, isLive, type Node, type State } from '@varve/events'

export const awayKey = 'DrbdOptions/AutoEvictMaxDisconnectedNodes'
const usualPercent = 34

/** Nodes that are to have a satellite. */
export const storageNodes = (state: State): Node[] =>
  [...state.nodes.values()].filter(
    ({ kind, phase }) => (kind === 'Satellite' || kind === 'Combined') && isLive({ phase }),
  )

/** As the end of a sentence; undefined when so many may be away (reference 12). */
export function tooManyAway(state: State): string | undefined {
  const nodes = storageNodes(state)
  const away = nodes.filter(({ link }) => link.status === 'offline')
  const percent = Number(controllerProps(state)[awayKey] ?? usualPercent)
  const most = Math.round((percent / 100) * nodes.length)
  if (away.length <= most) return undefined
  const names = away.slice(0, 5).map(({ name }) => name)
  const more = away.length > names.length ? ` and ${away.length - names.length} more` : ''
  return `${away.length} of ${nodes.length} nodes are away at once (${names.join(', ')}${more}), which looks like the network; at most ${most} may be`
}
