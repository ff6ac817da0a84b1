/**
 * Automatic snapshots (`AutoSnapshot/RunEvery`, minutes) and how many of them are kept
 * (`AutoSnapshot/Keep`; none goes when that is 0 or less). Only what this policy has taken does it
 * delete, and nothing that something is made from.
 */
import {
  controllerProps,
  definitionOf,
  firstOf,
  groupOf,
  isLive,
  type Reference,
  type ResourceDefinition,
  readReference,
  refer,
  resourcesOf,
  type Snapshot,
  type State,
  snapshotsOf,
} from '@varve/events'
import { isGoodCopy } from '../../decide/safety.ts'
import { dependentOf } from '../../operations/snapshot.ts'
import { content, type Judgement, patienceMs, type Sight, type Watcher } from './watcher.ts'

const everyKey = 'AutoSnapshot/RunEvery'
const keepKey = 'AutoSnapshot/Keep'
const usualKeep = 10
const minuteMs = 60_000
/** Snapshots that are under way in the whole cluster before another one is begun by itself. */
const atOnce = 16
/** How soon it is looked again whether there is room. */
const crowdedMs = 10_000

export const autoSnapshot: Watcher = {
  policy: 'auto-snapshot',
  keys: [everyKey, keepKey],
  wakes: {
    'resource-definition.created': ifWanted,
    'resource-definition.group-changed': ifWanted,
    'snapshot.completed': ifWanted,
    'snapshot.failed': ifWanted,
    'snapshot.deleted': ifWanted,
  },
  all: (state) =>
    [...state.definitions.values()].flatMap(({ name }) => ifWanted(state, { definition: name })),
  judge({ state, now }, about): Judgement {
    const [name = ''] = readReference(about).names
    const row = definitionOf(state, name)
    const everyMs = row && everyMsOf(state, row)
    if (!row || !isLive(row) || everyMs === undefined) return content
    const own = snapshotsOf(state, row.name)
      .filter(({ auto }) => auto !== undefined)
      .toSorted((a, b) => a.origin.sequence - b.origin.sequence)
    const dueAt = (own.at(-1)?.origin.at ?? row.origin.at) + everyMs
    return judgeDue({ state, now }, row, { own, dueAt })
  },
}

function ifWanted(state: State, { definition }: { readonly definition: string }): Reference[] {
  const row = definitionOf(state, definition)
  const isWanted = row !== undefined && everyMsOf(state, row) !== undefined
  return isWanted ? [refer('resource-definition', row.name)] : []
}

type Own = { readonly own: readonly Snapshot[]; readonly dueAt: number }

function judgeDue(
  { state, now }: Pick<Sight, 'state' | 'now'>,
  row: ResourceDefinition,
  { own, dueAt }: Own,
): Judgement {
  const definition = row.name
  const isDue = now >= dueAt && isTakable(state, row)
  if (isDue && !hasRoomForAutomatic(state)) return { ...content, again: now + crowdedMs }
  const surplus = surplusOf(state, row, own)
  const commands = [
    ...(isDue ? [{ type: 'snapshot.take-automatic' as const, args: { definition } }] : []),
    ...surplus.map(({ name: snapshot }) => ({
      type: 'snapshot.delete' as const,
      args: { definition, snapshot },
    })),
  ]
  const wishes = [
    ...(isDue ? [`take an automatic snapshot of ${definition}`] : []),
    ...surplus.map(({ name }) => `delete the automatic snapshot ${name} of ${definition}`),
  ]
  const again = commands.length > 0 || now >= dueAt ? now + patienceMs : dueAt
  return { verdict: { commands, wish: wishes.join(', then ') }, again }
}

/** Whoever was told to at the level of the cluster must not hold all of it at once. */
export const hasRoomForAutomatic = (state: State): boolean =>
  state.snapshots.countBy('underway', 'yes') < atOnce

/** Some replica is good, and nothing else is under way that its snapshots are made of. */
function isTakable(state: State, { name, rollback }: ResourceDefinition): boolean {
  if (rollback !== undefined) return false
  if (snapshotsOf(state, name).some(({ operation }) => operation !== undefined)) return false
  return resourcesOf(state, name).some(
    (each) => each.kind === 'diskful' && isLive(each) && isGoodCopy(state, each),
  )
}

/** The oldest beyond what is kept; of those that failed the last one stays, to say why. */
function surplusOf(state: State, row: ResourceDefinition, own: readonly Snapshot[]): Snapshot[] {
  const last = own.at(-1)
  const failed = own.filter((each) => each.phase === 'failed' && each !== last)
  const keep = keepOf(state, row)
  const ready = own.filter(({ phase }) => phase === 'ready')
  const old = keep > 0 ? ready.slice(0, Math.max(0, ready.length - keep)) : []
  return [...failed, ...old].filter(
    (each) =>
      each.operation === undefined &&
      dependentOf(state, each) === undefined &&
      each.nodes.every(({ copy }) => copy?.status !== 'receiving'),
  )
}

function everyMsOf(state: State, row: ResourceDefinition): number | undefined {
  const minutes = Number(firstOf(everyKey, chainOf(state, row)) ?? Number.NaN)
  return minutes > 0 ? minutes * minuteMs : undefined
}

function keepOf(state: State, row: ResourceDefinition): number {
  const keep = Number(firstOf(keepKey, chainOf(state, row)) ?? usualKeep)
  return Number.isInteger(keep) ? keep : usualKeep
}

const chainOf = (state: State, row: ResourceDefinition) => [
  row.props,
  groupOf(state, row.group)?.props,
  controllerProps(state),
]
