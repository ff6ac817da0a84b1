/**
 * Taking back what somebody asked for: the commands that lead from the intent after an entry to the
 * one before it, for the objects that it touched, provided that those are still as it left them.
 */
import {
  attempt,
  canonical,
  definitionOf,
  type Entry,
  evolveEntry,
  type Refusal,
  refuse,
  type State,
} from '@varve/events'
import { ownerOf, referencesOf } from '../history/references.ts'
import { changesBetween } from '../intent/changes.ts'
import type { IntentChanges } from '../intent/collect.ts'
import { type IntentPart, joinIntent, partOf } from '../intent/export.ts'
import { Intent } from '../intent/schema.ts'

/** Place of an object in the intent → what it says of it. */
export type Parts = ReadonlyMap<string, IntentPart>

/** The objects that an entry touched, before it and after it and what it led to at once. */
export type Step = { readonly before: Parts; readonly after: Parts }

export type Undo = IntentChanges & {
  /** Objects that go back to what they were. */
  readonly objects: readonly string[]
}

/** What an entry led to in its own block belongs to it: policies that it set off. */
function withFollowers(entries: readonly Entry[], index: number): Entry[] {
  const [first, ...rest] = entries.slice(index)
  const group = first ? [first] : []
  for (const entry of rest) {
    if (entry.cause === undefined || !group.some(({ id }) => id === entry.cause)) continue
    group.push(entry)
  }
  return group
}

/** `state`: as before the block, and so again in the end. */
export function stepOf(state: State, entries: readonly Entry[], index: number): Step {
  const group = withFollowers(entries, index)
  const places = placesOf(group)
  const sequence = state.position.sequence + 1
  return attempt(
    state,
    () => {
      for (const entry of entries.slice(0, index)) evolveEntry(state, entry, sequence)
      const before = partsAt(state, places)
      for (const entry of group) evolveEntry(state, entry, sequence)
      return { before, after: partsAt(state, places) }
    },
    () => false,
  )
}

/** `now`: the state that is to go back. `takesData`: also where data goes with it. */
export function undoOf(step: Step, now: State, takesData: boolean): Undo | Refusal {
  const touched = [...step.after.keys()].concat([...step.before.keys()])
  const changed = [...new Set(touched)].filter(
    (place) => textOf(step.before, place) !== textOf(step.after, place),
  )
  if (changed.length === 0) {
    const problem =
      'it changed nothing that people ask for, or nothing that a command can take back'
    return refuse('cannot-undo', { problem })
  }
  const there = partsAt(now, changed)
  const moved = changed.filter((place) => textOf(there, place) !== textOf(step.after, place))
  const [first] = moved
  if (first !== undefined) {
    const problem = `${moved.join(', ')} was changed since`
    return refuse('cannot-undo', { problem }, `Who did, and why: varve history ${first}`)
  }
  const trashed = trashedIn(now, changed)
  if (trashed.length > 0) return { ...restoring(trashed), objects: trashed }
  const [from, to] = [intentOf(there, changed), intentOf(step.before, changed)]
  const changes = changesBetween(from, to, { prune: true, pruneData: takesData })
  const empty = changes.commands.find(({ type }) => type === 'volume-definition.create')
  if (empty) {
    const problem = 'the data of its volumes is gone: what would be made again would be empty'
    return refuse('cannot-undo', { problem }, 'Restore a snapshot, if there is one.')
  }
  const impossible = changed.flatMap((place) => unremovable(place, step))
  return { ...changes, impossible: [...changes.impossible, ...impossible], objects: changed }
}

/** Of these places, definitions that were deleted and wait in the trash, with their data. */
function trashedIn(state: State, places: readonly string[]): string[] {
  return places.filter((place) => {
    const [noun, name = ''] = place.split('/')
    const isDefinition = noun === 'resource-definition'
    return isDefinition && definitionOf(state, name)?.phase.status === 'trashed'
  })
}

const restoring = (places: readonly string[]): IntentChanges => ({
  commands: places.map((place) => ({
    type: 'trash.restore',
    args: { definition: place.split('/')[1] ?? '' },
  })),
  impossible: [],
  left: [],
})

/** Fields that were not there before: a document that leaves one out lets it stay. */
function unremovable(place: string, { before, after }: Step): string[] {
  const [was, is] = [before.get(place)?.value, after.get(place)?.value]
  // The controller is its properties, each of which can go.
  if (!was || !is || place === 'controller') return []
  return Object.keys(is)
    .filter((field) => !(field in was))
    .map((field) => `${place} had no ${field} before, and no command takes one away`)
}

function partsAt(state: State, places: readonly string[]): Parts {
  return new Map(
    places.flatMap((place) => {
      const part = partOf(state, place)
      return part ? [[place, part] as const] : []
    }),
  )
}

const textOf = (parts: Parts, place: string) => canonical(parts.get(place)?.value)

/** With every section that any of the places is in: what is not in it, is to go. */
function intentOf(parts: Parts, places: readonly string[]): Intent {
  const sections = places.flatMap((place) => sectionOf[place.split('/')[0] ?? ''] ?? [])
  const empty = Object.fromEntries(sections.map((section) => [section, {}]))
  const wanted = places.flatMap((place) => parts.get(place) ?? [])
  return Intent.parse({ ...empty, ...joinIntent(wanted) })
}

const sectionOf: Readonly<Record<string, keyof Intent>> = {
  node: 'nodes',
  'storage-pool-definition': 'storagePoolDefinitions',
  'storage-pool': 'storagePools',
  'resource-group': 'resourceGroups',
  'resource-definition': 'resourceDefinitions',
}

/** Whose part of the intent what an object says. */
function placesOf(entries: readonly Entry[]): string[] {
  const places = entries.flatMap(({ events }) =>
    events.flatMap((event) => referencesOf(event).flatMap((one) => placeOf(one) ?? [])),
  )
  return [...new Set(places)]
}

function placeOf(reference: string): string | undefined {
  const owner = ownerOf(reference).toLowerCase()
  const [noun = '', first = ''] = owner.split('/')
  if (noun === 'controller') return noun
  if (noun === 'net-interface') return `node/${first}`
  if (noun === 'volume-group') return `resource-group/${first}`
  return sectionOf[noun] === undefined ? undefined : owner
}
