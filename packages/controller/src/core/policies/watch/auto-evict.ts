/**
 * Auto-evict (reference 12): what a node holds is made anew elsewhere once nobody has had word of
 * it for long: neither the controller nor the peers of its resources. A burst of evictions would be
 * worse than any dead node, so it stands down whenever there may be another reason, and takes the
 * node back as soon as that returns.
 */
import {
  controllerProps,
  firstOf,
  isLive,
  isYes,
  type Node,
  nodeOf,
  type Reference,
  readReference,
  refer,
  resourcesOf,
  resourcesOn,
  type State,
} from '@varve/events'
import { isGoodCopy } from '../../decide/safety.ts'
import { awayKey, storageNodes, tooManyAway } from './away.ts'
import { content, type Judgement, patienceMs, type Watcher } from './watcher.ts'

const afterKey = 'DrbdOptions/AutoEvictAfterTime'
const allowKey = 'DrbdOptions/AutoEvictAllowEviction'
const usualMinutes = 720
const minuteMs = 60_000

/** Evictions of one day: a twentieth of the nodes, and two in a small cluster. Then it asks. */
const dayMs = 24 * 60 * minuteMs
const mostPerDay = (nodes: number): number => Math.max(2, Math.ceil(nodes / 20))

export const autoEvict: Watcher = {
  policy: 'auto-evict',
  keys: [afterKey, allowKey, awayKey],
  wakes: {
    'node.unseen': concerned,
    'node.seen-by-peers': concerned,
    'node.connected': concerned,
    'node.disconnected': concerned,
    'node.deleted': concerned,
    'node.lost': concerned,
    'node.restored': concerned,
  },
  all: concerned,
  judge({ state, now }, about): Judgement {
    const [name = ''] = readReference(about).names
    const node = nodeOf(state, name)
    if (!node || !isLive(node)) return content
    if (node.link.status === 'online') return judgeReturned(node)
    const since = node.link.status === 'offline' ? node.link.unseenSince : undefined
    if (since === undefined || node.evacuation || !mayBeEvicted(state, node)) return content
    const resources = resourcesOn(state, node.name).filter(isLive).length
    if (resources === 0) return content
    const at = since + minutesOf(state, node) * minuteMs
    if (now < at) return { ...content, again: at }
    const held = reasonAgainst(state, node, now)
    const verdict = {
      commands: [{ type: 'node.auto-evict' as const, args: { node: node.name } }],
      wish: `evict node ${node.name}, which is away for ${minutesOf(state, node)} minutes and more`,
      ...(held === undefined ? {} : { held }),
    }
    return { verdict, again: now + patienceMs }
  },
}

/** What is away, and what was evicted: a change of one node may be what another one waits for. */
function concerned(state: State): Reference[] {
  return storageNodes(state)
    .filter(({ link, evicted }) => link.status === 'offline' || evicted !== undefined)
    .map(({ name }) => refer('node', name))
}

/** Whoever is back takes part again, unless somebody else is emptying it. */
function judgeReturned(node: Node): Judgement {
  const { name, evicted, evacuation } = node
  // Who was evicted by hand is taken back by hand.
  if (!evicted || evicted.byHand || evacuation?.operation !== evicted.operation) return content
  const verdict = {
    commands: [{ type: 'node.restore' as const, args: { node: name } }],
    wish: `take node ${name} back, which was evicted and has returned`,
  }
  return { verdict }
}

/** Node > controller, where it is yes from the beginning. */
const mayBeEvicted = (state: State, node: Node): boolean =>
  isYes(firstOf(allowKey, [node.props, controllerProps(state)]) ?? 'true')

function minutesOf(state: State, node: Node): number {
  const minutes = Number(firstOf(afterKey, [node.props, controllerProps(state)]) ?? usualMinutes)
  return minutes > 0 ? minutes : usualMinutes
}

/** What speaks against evicting it now; as the end of a sentence. */
export function reasonAgainst(state: State, node: Node, now: number): string | undefined {
  return (
    tooManyAway(state) ??
    otherFirst(state, node) ??
    overBudget(state, now) ??
    withoutGoodCopy(state, node)
  )
}

/** One at a time: what an eviction sets off has to be over before the next one is thought of. */
function otherFirst(state: State, node: Node): string | undefined {
  for (const { name, evacuation } of storageNodes(state)) {
    if (name === node.name || !evacuation || !state.operations.has(evacuation.operation)) continue
    const waiting = resourcesOn(state, name).filter((row) => isLive(row) && row.kind === 'diskful')
    if (waiting.length > 0) return `node ${name} is being emptied first`
  }
  const rebuilding = state.definitions.countBy('missing', 'rebuilding')
  return rebuilding === 0 ? undefined : 'lost replicas of other resources are being made anew'
}

function overBudget(state: State, now: number): string | undefined {
  const nodes = storageNodes(state)
  const recent = nodes.filter(
    ({ evicted }) => evicted && !evicted.byHand && now - evicted.at < dayMs,
  ).length
  const most = mostPerDay(nodes.length)
  if (recent < most) return undefined
  return `${recent} nodes were evicted within a day already: somebody should look first`
}

/** There is nothing to make a new replica from, or what there is is not whole itself. */
function withoutGoodCopy(state: State, node: Node): string | undefined {
  for (const { definition, kind } of resourcesOn(state, node.name).filter(isLive)) {
    const others = resourcesOf(state, definition).filter(
      (each) => each.node !== node.name && each.kind === 'diskful' && isLive(each),
    )
    // Its only replica is there: it is left where it is, and hinders none of the others.
    if (kind !== 'diskful' || others.length === 0) continue
    const isSafe = others.some(
      (each) => isGoodCopy(state, each) && nodeOf(state, each.node)?.link.status === 'online',
    )
    if (!isSafe) return `no good copy of ${definition} is online elsewhere`
  }
  return undefined
}
