/** What policies keep in mind: wishes, missing replicas, silent nodes, diskless ones in use. */
import type { EventOf } from '../event.ts'
import { keyOf, nameKey } from '../names.ts'
import { PolicyName } from '../policy.ts'
import { resourceOf } from './lookup.ts'
import type { Node, Origin, ResourceDefinition } from './records.ts'
import type { State } from './state.ts'
import { update, without } from './update.ts'

/** Key of what a policy would do about one object. */
export const proposalKey = (policy: string, about: string): string => nameKey(`${policy}/${about}`)

export function proposalMade(
  state: State,
  { type: _, held, ...wish }: EventOf<'proposal.made'>,
  origin: Origin,
): void {
  state.proposals.set(proposalKey(wish.policy, wish.about), {
    ...wish,
    ...(held === undefined ? {} : { held }),
    origin,
  })
}

export function proposalClosed(
  state: State,
  { policy, about, outcome }: EventOf<'proposal.closed'>,
  origin: Origin,
): void {
  update(state.proposals, proposalKey(policy, about), (row) => ({
    ...row,
    closed: { at: origin.at, outcome },
  }))
}

/** Of what is gone, nobody wishes anything. */
export function forgetProposals(state: State, about: string): void {
  if (state.proposals.size === 0) return
  for (const policy of PolicyName.options) state.proposals.delete(proposalKey(policy, about))
}

/** A replica that had data went with its node: nobody wished that there be one less. */
export function replicaMissed(
  state: State,
  { definition, node }: { readonly definition: string; readonly node: string },
  origin: Origin,
): void {
  const row = resourceOf(state, definition, node)
  if (row?.kind !== 'diskful' || row.phase.status !== 'live') return
  update(
    state.definitions,
    nameKey(definition),
    (of): ResourceDefinition => ({
      ...of,
      missing: { status: 'waiting', since: of.missing?.since ?? origin.at },
    }),
  )
}

export function redundancyRebuilding(
  state: State,
  { definition }: EventOf<'redundancy.rebuilding'>,
): void {
  update(
    state.definitions,
    nameKey(definition),
    (row): ResourceDefinition =>
      row.missing ? { ...row, missing: { ...row.missing, status: 'rebuilding' } } : row,
  )
}

export function redundancyRestored(
  state: State,
  { definition }: EventOf<'redundancy.restored'>,
): void {
  update(state.definitions, nameKey(definition), (row) => without(row, 'missing'))
}

export function nodeUnseen(state: State, { node }: EventOf<'node.unseen'>, origin: Origin): void {
  changeOffline(state, node, (link) => ({ ...link, unseenSince: origin.at }))
}

export function nodeSeenByPeers(state: State, { node }: EventOf<'node.seen-by-peers'>): void {
  changeOffline(state, node, (link) => without(link, 'unseenSince'))
}

export function nodeAutoEvicted(
  state: State,
  { node, operation }: EventOf<'node.auto-evicted'>,
  { at }: Origin,
): void {
  update(state.nodes, nameKey(node), (row): Node => ({ ...row, evicted: { at, operation } }))
}

export function nodeEvicted(
  state: State,
  { node, operation }: EventOf<'node.evicted'>,
  { at }: Origin,
): void {
  const evicted = { at, operation, byHand: true } as const
  update(state.nodes, nameKey(node), (row): Node => ({ ...row, evicted }))
}

type Offline = Extract<Node['link'], { status: 'offline' }>

function changeOffline(state: State, node: string, change: (link: Offline) => Offline): void {
  update(
    state.nodes,
    nameKey(node),
    (row): Node => (row.link.status === 'offline' ? { ...row, link: change(row.link) } : row),
  )
}

export function resourceOpened(
  state: State,
  { definition, node }: EventOf<'resource.opened'>,
  origin: Origin,
): void {
  update(state.resources, keyOf(definition, node), (row) => ({ ...row, openedAt: origin.at }))
}

export function resourceClosed(
  state: State,
  { definition, node }: EventOf<'resource.closed'>,
): void {
  update(state.resources, keyOf(definition, node), (row) => ({ ...row, openedAt: undefined }))
}

export function autoDiskfulConverted(
  state: State,
  { definition, node }: EventOf<'auto-diskful.converted'>,
): void {
  update(state.definitions, nameKey(definition), (row) => ({ ...row, converted: node }))
  update(state.resources, keyOf(definition, node), (row) => ({
    ...row,
    diskfulBy: 'auto-diskful' as const,
    openedAt: undefined,
  }))
}

export function autoDiskfulFinished(
  state: State,
  { definition }: EventOf<'auto-diskful.finished'>,
): void {
  update(state.definitions, nameKey(definition), (row) => without(row, 'converted'))
}
