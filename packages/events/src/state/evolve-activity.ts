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
  state.spaces.set(name, { name, queue: [...queue, { definition, node }] })
}

export function turnEnded(state: State, event: EventOf<'space.turn-ended'>): void {
  const { space: name } = event
  const left = (state.spaces.get(name)?.queue ?? []).filter((turn) => !isOf(turn, event))
  if (left.length === 0) state.spaces.delete(name)
  else state.spaces.set(name, { name, queue: left })
}

/** It is the turn of this resource. */
export const isOf = (turn: Turn, { definition, node }: About): boolean =>
  nameKey(turn.definition) === nameKey(definition) && nameKey(turn.node) === nameKey(node)
