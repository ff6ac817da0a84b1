/** Resources that are out of use on their node; whose turn it is in a shared space. */
import type { EventOf } from '../event.ts'
import { keyOf, nameKey } from '../names.ts'
import type { Origin, Resource, Turn } from './records.ts'
import type { State } from './state.ts'
import { update } from './update.ts'

type About = { readonly definition: string; readonly node: string }

export function deactivationStarted(
  state: State,
  event: EventOf<'resource.deactivation-started'>,
  origin: Origin,
): void {
  const { operation, heir } = event
  change(state, event, (row) => ({
    ...row,
    inactive: {
      since: row.inactive?.since ?? origin.sequence,
      operation,
      ...(heir === undefined ? {} : { heir }),
    },
  }))
}

/** What its node had said of its disks is over. */
export function deactivated(state: State, event: About): void {
  change(state, event, (row) =>
    row.inactive ? { ...row, inactive: { since: row.inactive.since } } : row,
  )
}

export function activated(state: State, event: About): void {
  change(state, event, (row) => ({ ...row, inactive: undefined }))
}

function change(state: State, { definition, node }: About, edit: (row: Resource) => Resource) {
  update(state.resources, keyOf(definition, node), edit)
}

export function turnAsked(state: State, event: EventOf<'space.turn-asked'>): void {
  const { space: name, definition, node } = event
  const queue = state.spaces.get(name)?.queue ?? []
  state.spaces.set(name, {
    ...state.spaces.get(name),
    name,
    queue: [...queue, { definition, node }],
  })
}

export function turnRecalled(
  state: State,
  { space }: EventOf<'space.turn-recalled'>,
  origin: Origin,
): void {
  update(state.spaces, space, (row) => ({ ...row, recalled: origin.sequence }))
}

export function turnPassed(state: State, event: EventOf<'space.turn-passed'>): void {
  const { space, definition, node } = event
  passOn(state, space, [...queueWithout(state, event), { definition, node }])
}

export function turnEnded(state: State, event: EventOf<'space.turn-ended'>): void {
  const [turn] = state.spaces.get(event.space)?.queue ?? []
  const left = queueWithout(state, event)
  if (left.length === 0) state.spaces.delete(event.space)
  else if (turn && isOf(turn, event)) passOn(state, event.space, left)
  else update(state.spaces, event.space, (row) => ({ ...row, queue: left }))
}

const queueWithout = (state: State, event: About & { readonly space: string }): Turn[] =>
  (state.spaces.get(event.space)?.queue ?? []).filter((turn) => !isOf(turn, event))

/** To the first whose node is there: the others would keep everybody waiting. */
function passOn(state: State, name: string, queue: readonly Turn[]): void {
  const isOnline = ({ node }: Turn) => state.nodes.get(nameKey(node))?.link.status === 'online'
  const next = queue.find(isOnline) ?? queue[0]
  const rest = queue.filter((turn) => turn !== next)
  state.spaces.set(name, { name, queue: next ? [next, ...rest] : [] })
}

/** It is the turn of this resource. */
export const isOf = (turn: Turn, { definition, node }: About): boolean =>
  nameKey(turn.definition) === nameKey(definition) && nameKey(turn.node) === nameKey(node)
