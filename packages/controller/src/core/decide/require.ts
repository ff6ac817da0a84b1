/** Finding what a command names, or the refusal that says what is missing. */
import {
  definitionOf,
  groupOf,
  isLive,
  type Node,
  nodeOf,
  type Phase,
  poolOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  type ResourceGroup,
  refuse,
  resourceOf,
  type State,
  type StoragePool,
  type Trashed,
  type VolumeDefinition,
  volumeDefinitionOf,
} from '@varve/events'

export const missing = (noun: string, subject: string): Refusal =>
  refuse(
    'not-found',
    { noun, subject },
    `List what there is: varve ${noun.replaceAll(' ', '-')} list`,
  )

const exists = (noun: string, subject: string): Refusal => refuse('exists', { noun, subject })

/** Refusal for a name that is taken; undefined when it is free. */
export function refuseIfTaken(noun: string, subject: string, found: unknown): Refusal | undefined {
  return found === undefined ? undefined : exists(noun, subject)
}

export const requireNode = (state: State, node: string): Node | Refusal =>
  nodeOf(state, node) ?? missing('node', node)

export const requirePool = (state: State, node: string, pool: string): StoragePool | Refusal =>
  poolOf(state, node, pool) ?? missing('storage pool', `${pool} on node ${node}`)

export const requireGroup = (state: State, group: string): ResourceGroup | Refusal =>
  groupOf(state, group) ?? missing('resource group', group)

export const requireDefinition = (state: State, definition: string): ResourceDefinition | Refusal =>
  definitionOf(state, definition) ?? missing('resource definition', definition)

export const requireVolumeDefinition = (
  state: State,
  definition: string,
  number: number,
): VolumeDefinition | Refusal =>
  volumeDefinitionOf(state, definition, number) ??
  missing('volume definition', `${definition}/${number}`)

export const requireResource = (
  state: State,
  definition: string,
  node: string,
): Resource | Refusal =>
  resourceOf(state, definition, node) ?? missing('resource', `${definition} on node ${node}`)

const refuseTrashed = (definition: string): Refusal =>
  refuse(
    'in-trash',
    { subject: definition },
    `Take it back: varve trash restore ${definition}. Or let it go for good: varve trash purge ${definition}`,
  )

/** Refusal for whatever is not guarded by `refuseIfDeleting` of the definition. */
export function refuseIfTrashed(state: State, definition: string): Refusal | undefined {
  const row = definitionOf(state, definition)
  return row?.phase.status === 'trashed' ? refuseTrashed(row.name) : undefined
}

/** Refusal when the object is on its way out, naming the operation that takes it there. */
export function refuseIfDeleting(
  noun: string,
  subject: string,
  record: { readonly phase: Phase | Trashed },
): Refusal | undefined {
  if (isLive(record) || record.phase.status === 'live') return undefined
  if (record.phase.status === 'trashed') return refuseTrashed(subject)
  return refuse(
    'being-deleted',
    { noun, subject, operation: record.phase.operation },
    `See what it waits for: varve explain stuck ${record.phase.operation}`,
  )
}
