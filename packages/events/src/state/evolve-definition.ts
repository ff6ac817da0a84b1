/** Resource groups, resource definitions and volume definitions. */
import type { EventOf } from '../event.ts'
import { keyOf, nameKey } from '../names.ts'
import { live, noProps } from './common.ts'
import { forgetProposals } from './evolve-policy.ts'
import { resourcesOf, volumeDefinitionOf, volumeOf } from './lookup.ts'
import type { Origin, ResourceDefinition, VolumeDefinition } from './records.ts'
import { minors, type State } from './state.ts'
import { update, without } from './update.ts'
import { changeUsage } from './usage.ts'

export function groupCreated(
  state: State,
  event: EventOf<'resource-group.created'>,
  origin: Origin,
): void {
  state.groups.set(nameKey(event.group), {
    name: event.group,
    ...(event.description === undefined ? {} : { description: event.description }),
    filter: event.filter,
    ...(event.peerSlots === undefined ? {} : { peerSlots: event.peerSlots }),
    props: noProps,
    origin,
  })
}

export function groupDescribed(state: State, event: EventOf<'resource-group.described'>): void {
  update(state.groups, nameKey(event.group), (row) => ({ ...row, description: event.description }))
}

export function groupFilterChanged(
  state: State,
  event: EventOf<'resource-group.filter-changed'>,
): void {
  update(state.groups, nameKey(event.group), (row) => ({ ...row, filter: event.filter }))
}

export function groupPeerSlotsChanged(
  state: State,
  event: EventOf<'resource-group.peer-slots-changed'>,
): void {
  update(state.groups, nameKey(event.group), (row) => ({ ...row, peerSlots: event.peerSlots }))
}

export function groupDeleted(state: State, event: EventOf<'resource-group.deleted'>): void {
  for (const key of state.volumeGroups.keysBy('group', nameKey(event.group))) {
    state.volumeGroups.delete(key)
  }
  state.groups.delete(nameKey(event.group))
}

export function volumeGroupCreated(state: State, event: EventOf<'volume-group.created'>): void {
  state.volumeGroups.set(keyOf(event.group, event.number), {
    group: event.group,
    number: event.number,
    gross: event.gross ?? false,
    props: noProps,
  })
}

export function volumeGroupDeleted(state: State, event: EventOf<'volume-group.deleted'>): void {
  state.volumeGroups.delete(keyOf(event.group, event.number))
}

export function definitionCreated(
  state: State,
  event: EventOf<'resource-definition.created'>,
  origin: Origin,
): void {
  state.definitions.set(nameKey(event.definition), {
    name: event.definition,
    externalName: event.externalName,
    group: event.group,
    layers: event.layers,
    peerSlots: event.peerSlots,
    preferredPort: event.preferredPort,
    props: noProps,
    retired: [],
    phase: live,
    origin,
  })
}

export function definitionSecretSet(
  state: State,
  event: EventOf<'resource-definition.secret-set'>,
): void {
  const { secret: wrapped, fingerprint } = event
  update(state.definitions, nameKey(event.definition), (row) => ({
    ...row,
    secret: { wrapped, fingerprint },
  }))
}

export function definitionGroupChanged(
  state: State,
  event: EventOf<'resource-definition.group-changed'>,
): void {
  update(state.definitions, nameKey(event.definition), (row) => ({ ...row, group: event.group }))
}

export function definitionPeerSlotsChanged(
  state: State,
  event: EventOf<'resource-definition.peer-slots-changed'>,
): void {
  update(state.definitions, nameKey(event.definition), (row) => ({
    ...row,
    peerSlots: event.peerSlots,
  }))
}

export function definitionPutIntoTrash(
  state: State,
  { definition, until }: EventOf<'resource-definition.put-into-trash'>,
  { sequence: since, at }: Origin,
): void {
  update(
    state.definitions,
    nameKey(definition),
    (row): ResourceDefinition => ({ ...row, phase: { status: 'trashed', since, at, until } }),
  )
}

export function definitionTakenFromTrash(
  state: State,
  { definition }: EventOf<'resource-definition.taken-from-trash'>,
): void {
  update(
    state.definitions,
    nameKey(definition),
    (row): ResourceDefinition => ({ ...row, phase: live }),
  )
}

export function definitionDeletionStarted(
  state: State,
  event: EventOf<'resource-definition.deletion-started'>,
  origin: Origin,
): void {
  update(
    state.definitions,
    nameKey(event.definition),
    (row): ResourceDefinition => ({
      ...row,
      phase: { status: 'deleting', operation: event.operation, since: origin.sequence },
    }),
  )
}

export function definitionDeleted(
  state: State,
  event: EventOf<'resource-definition.deleted'>,
): void {
  for (const row of state.volumeDefinitions.by('definition', nameKey(event.definition))) {
    volumeDefinitionDeleted(state, row)
  }
  state.definitions.delete(nameKey(event.definition))
  forgetProposals(state, `resource-definition/${event.definition}`)
}

export function volumeDefinitionCreated(
  state: State,
  event: EventOf<'volume-definition.created'>,
  origin: Origin,
): void {
  state.volumeDefinitions.set(keyOf(event.definition, event.number), {
    definition: event.definition,
    number: event.number,
    sizeKib: event.sizeKib,
    gross: event.gross ?? false,
    minor: event.minor,
    day0: event.day0,
    initialized: false,
    props: noProps,
    phase: live,
    origin,
  })
  if (event.minor !== undefined) state.numbers.add(minors, event.minor)
}

export function volumeKeySet(state: State, event: EventOf<'volume-definition.key-set'>): void {
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) => ({
    ...without(without(row, 'luksKeyIsChosen'), 'luksKeyBoundTo'),
    luksKey: event.key,
    ...(event.boundTo === undefined ? {} : { luksKeyBoundTo: event.boundTo }),
    ...(event.isChosen ? { luksKeyIsChosen: true as const } : {}),
  }))
}

export function volumeKeyChangeStarted(
  state: State,
  event: EventOf<'volume-definition.key-change-started'>,
  origin: Origin,
): void {
  const { luksKey: previous, luksKeyBoundTo: previousBoundTo } =
    volumeDefinitionOf(state, event.definition, event.number) ?? {}
  volumeKeySet(state, { ...event, type: 'volume-definition.key-set' })
  if (previous === undefined || event.waiting.length === 0) return
  const waiting = event.waiting.map(nameKey)
  const { operation } = event
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) => ({
    ...row,
    rekeying: {
      previous,
      ...(previousBoundTo === undefined ? {} : { previousBoundTo }),
      operation,
      since: origin.sequence,
      waiting,
    },
  }))
}

/** The last node to change takes the old key with it. */
export function volumeKeyChanged(
  state: State,
  event: EventOf<'volume-definition.key-changed'>,
): void {
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) => {
    if (!row.rekeying) return row
    const waiting = row.rekeying.waiting.filter((node) => node !== nameKey(event.node))
    if (waiting.length === 0) return without(row, 'rekeying')
    return { ...row, rekeying: { ...row.rekeying, waiting } }
  })
}

export function volumeSourceChosen(
  state: State,
  event: EventOf<'volume-definition.source-chosen'>,
): void {
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) => ({
    ...row,
    source: { node: event.node, generation: event.generation },
  }))
}

/** As it was when it was made, but for its size, its key and its properties. */
export function volumeBegunAnew(
  state: State,
  event: EventOf<'volume-definition.begun-anew'>,
): void {
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) => {
    const { source: _s, format: _f, ...rest } = row
    return { ...rest, day0: event.day0, initialized: false }
  })
}

export function volumeFormatChosen(
  state: State,
  event: EventOf<'volume-definition.format-chosen'>,
): void {
  const { node, fileSystem } = event
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) => ({
    ...row,
    format: { node, fileSystem, done: false },
  }))
}

export function volumeFormatted(state: State, event: EventOf<'volume-definition.formatted'>): void {
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) =>
    row.format ? { ...row, format: { ...row.format, done: true } } : row,
  )
}

export function volumeInitialized(
  state: State,
  event: EventOf<'volume-definition.initialized'>,
): void {
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) => ({
    ...row,
    initialized: true,
  }))
}

/** The new size counts from here on: for placement, for new replicas, for what pools promised. */
export function resizeStarted(
  state: State,
  event: EventOf<'volume-definition.resize-started'>,
  origin: Origin,
): void {
  const before = volumeDefinitionOf(state, event.definition, event.number)
  if (!before) return
  state.volumeDefinitions.set(keyOf(event.definition, event.number), {
    ...before,
    sizeKib: event.sizeKib,
    resizing: { operation: event.operation, since: origin.sequence, fromKib: before.sizeKib },
  })
  for (const resource of resourcesOf(state, event.definition)) {
    const volume = volumeOf(state, event.definition, resource.node, event.number)
    if (volume) changeUsage(state, volume, { kib: event.sizeKib - before.sizeKib })
  }
}

export function storageGrown(
  state: State,
  event: EventOf<'volume-definition.storage-grown'>,
): void {
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) =>
    row.resizing ? { ...row, resizing: { ...row.resizing, resizer: event.resizer } } : row,
  )
}

export function volumeResized(state: State, event: EventOf<'volume-definition.resized'>): void {
  update(state.volumeDefinitions, keyOf(event.definition, event.number), (row) =>
    without(row, 'resizing'),
  )
}

export function volumeDefinitionDeletionStarted(
  state: State,
  event: EventOf<'volume-definition.deletion-started'>,
  origin: Origin,
): void {
  update(
    state.volumeDefinitions,
    keyOf(event.definition, event.number),
    (row): VolumeDefinition => ({
      ...row,
      phase: { status: 'deleting', operation: event.operation, since: origin.sequence },
    }),
  )
}

export function volumeDefinitionDeleted(
  state: State,
  event: { readonly definition: string; readonly number: number },
): void {
  const key = keyOf(event.definition, event.number)
  const minor = state.volumeDefinitions.get(key)?.minor
  if (minor !== undefined) state.numbers.delete(minors, minor)
  state.volumeDefinitions.delete(key)
}
