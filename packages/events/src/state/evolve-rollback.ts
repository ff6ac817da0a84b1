/** A definition on its way back to one of its snapshots. */
import type { EventOf } from '../event.ts'
import { keyOf, nameKey } from '../names.ts'
import { volumeKeySet } from './evolve-definition.ts'
import { resourcesOf, volumeDefinitionOf, volumeOf } from './lookup.ts'
import type { Origin, ResourceDefinition, Rollback } from './records.ts'
import type { State } from './state.ts'
import { update, without } from './update.ts'
import { changeUsage } from './usage.ts'

type About = { readonly definition: string }

export function rollbackStarted(
  state: State,
  { definition, snapshot, operation }: EventOf<'rollback.started'>,
  origin: Origin,
): void {
  forgetSafety(state, definition)
  update(
    state.definitions,
    nameKey(definition),
    (row): ResourceDefinition => ({
      ...without(row, 'rollbackProblem'),
      rollback: {
        snapshot,
        operation,
        phase: 'stopping',
        since: origin.sequence,
        at: origin.at,
        reached: [],
      },
    }),
  )
}

export function rollbackRefused(
  state: State,
  { definition, snapshot, problem }: EventOf<'rollback.refused'>,
): void {
  forgetSafety(state, definition)
  update(state.definitions, nameKey(definition), (row) => ({
    ...row,
    rollbackProblem: { snapshot, problem },
  }))
}

/** From here on it is a snapshot as any other. */
function forgetSafety(state: State, definition: string): void {
  for (const row of state.snapshots.by('definition', nameKey(definition))) {
    if (row.rollbackTo === undefined) continue
    state.snapshots.set(keyOf(row.definition, row.name), without(row, 'rollbackTo'))
  }
}

export function rollbackNodeReached(
  state: State,
  { definition, node }: EventOf<'rollback.node-reached'>,
): void {
  change(state, { definition }, (row) => ({ ...row, reached: [...row.reached, nameKey(node)] }))
}

export function rollbackCommitted(
  state: State,
  event: EventOf<'rollback.committed'>,
  origin: Origin,
): void {
  enter(state, event, 'rolling-back', origin)
  const { definition } = event
  for (const { number, sizeKib, key, boundTo, isChosen } of event.volumes) {
    resizeBack(state, definition, number, sizeKib)
    if (key === undefined) continue
    volumeKeySet(state, {
      type: 'volume-definition.key-set',
      ...{ definition, number, key, boundTo, isChosen },
    })
  }
}

export function rollbackStarting(state: State, event: About, origin: Origin): void {
  enter(state, event, 'starting', origin)
}

export function rollbackFinished(state: State, { definition }: About): void {
  update(state.definitions, nameKey(definition), (row) => without(row, 'rollback'))
}

export function rollbackFailed(
  state: State,
  { definition, problem }: EventOf<'rollback.failed'>,
): void {
  update(state.definitions, nameKey(definition), (row) => {
    const { rollback, ...rest } = row
    return rollback ? { ...rest, rollbackProblem: { snapshot: rollback.snapshot, problem } } : row
  })
}

function enter(state: State, about: About, phase: Rollback['phase'], origin: Origin): void {
  const { sequence: since, at } = origin
  change(state, about, (row) => ({ ...row, phase, since, at, reached: [] }))
}

function resizeBack(state: State, definition: string, number: number, sizeKib: number): void {
  const before = volumeDefinitionOf(state, definition, number)
  if (!before || before.sizeKib === sizeKib) return
  update(state.volumeDefinitions, keyOf(definition, number), (row) => ({ ...row, sizeKib }))
  for (const resource of resourcesOf(state, definition)) {
    const volume = volumeOf(state, definition, resource.node, number)
    if (volume) changeUsage(state, volume, { kib: sizeKib - before.sizeKib })
  }
}

function change(state: State, { definition }: About, edit: (row: Rollback) => Rollback): void {
  update(state.definitions, nameKey(definition), (row) =>
    row.rollback ? { ...row, rollback: edit(row.rollback) } : row,
  )
}
