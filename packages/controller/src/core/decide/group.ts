/** Resource groups and volume groups. */
import {
  type Args,
  defaultGroup,
  groupOf,
  isRefusal,
  keyOf,
  nameKey,
  type Refusal,
  refer,
  refuse,
  SelectFilter,
  volumeGroupsOf,
} from '@varve/events'
import { lowestVolumeNumber } from '../allocate/volume-number.ts'
import type { Draft } from '../draft.ts'
import { changeProperties } from './property.ts'
import { missing, refuseIfTaken, requireGroup } from './require.ts'

export function createGroup(
  draft: Draft,
  args: Args<'resource-group.create'>,
): Refusal | undefined {
  const refusal =
    refuseIfTaken('resource group', args.group, groupOf(draft.state, args.group)) ??
    refuseUnknownPools(draft, args.filter)
  if (refusal) return refusal
  draft.record({
    type: 'resource-group.created',
    group: args.group,
    ...(args.description === undefined ? {} : { description: args.description }),
    filter: args.filter,
    ...(args.peerSlots === undefined ? {} : { peerSlots: args.peerSlots }),
  })
  return changeProperties(draft, refer('resource-group', args.group), { setProps: args.props })
}

export function modifyGroup(
  draft: Draft,
  args: Args<'resource-group.modify'>,
): Refusal | undefined {
  const group = requireGroup(draft.state, args.group)
  if (isRefusal(group)) return group
  if (args.description !== undefined && args.description !== group.description) {
    const { description } = args
    draft.record({ type: 'resource-group.described', group: group.name, description })
  }
  if (args.filter !== undefined) {
    const filter = changedFilter(group.filter, args.filter)
    if (isRefusal(filter)) return filter
    const unknown = refuseUnknownPools(draft, filter)
    if (unknown) return unknown
    draft.record({ type: 'resource-group.filter-changed', group: group.name, filter })
  }
  if (args.peerSlots !== undefined && args.peerSlots !== group.peerSlots) {
    const { peerSlots } = args
    draft.record({ type: 'resource-group.peer-slots-changed', group: group.name, peerSlots })
  }
  return changeProperties(draft, refer('resource-group', group.name), args)
}

export function deleteGroup(
  draft: Draft,
  args: Args<'resource-group.delete'>,
): Refusal | undefined {
  const group = requireGroup(draft.state, args.group)
  if (isRefusal(group)) return group
  if (nameKey(group.name) === nameKey(defaultGroup)) {
    const problem = 'it is the default group'
    return refuse('in-use', { noun: 'Resource group', subject: group.name, problem })
  }
  const members = draft.state.definitions.countBy('group', nameKey(group.name))
  if (members > 0) {
    const problem =
      members === 1
        ? 'a resource definition belongs to it'
        : `${members} resource definitions belong to it`
    return refuse('in-use', { noun: 'Resource group', subject: group.name, problem })
  }
  draft.record({ type: 'resource-group.deleted', group: group.name })
  return undefined
}

export function createVolumeGroup(
  draft: Draft,
  args: Args<'volume-group.create'>,
): Refusal | undefined {
  const group = requireGroup(draft.state, args.group)
  if (isRefusal(group)) return group
  const taken = volumeGroupsOf(draft.state, group.name).map((row) => row.number)
  const number = args.number ?? lowestVolumeNumber(taken)
  if (taken.includes(number)) {
    return refuse('exists', { noun: 'volume group', subject: `${group.name}/${number}` })
  }
  draft.record({
    type: 'volume-group.created',
    group: group.name,
    number,
    ...(args.gross === undefined ? {} : { gross: args.gross }),
  })
  return changeProperties(draft, refer('volume-group', group.name, number), {
    setProps: args.props,
  })
}

export function modifyVolumeGroup(draft: Draft, args: Args<'volume-group.modify'>) {
  const row = draft.state.volumeGroups.get(keyOf(args.group, args.number))
  if (!row) return missing('volume group', `${args.group}/${args.number}`)
  return changeProperties(draft, refer('volume-group', row.group, row.number), args)
}

export function deleteVolumeGroup(draft: Draft, args: Args<'volume-group.delete'>) {
  const row = draft.state.volumeGroups.get(keyOf(args.group, args.number))
  if (!row) return missing('volume group', `${args.group}/${args.number}`)
  draft.record({ type: 'volume-group.deleted', group: row.group, number: row.number })
  return undefined
}

/** Pools that exist nowhere are a typing error, found here and not at the first spawn (reference 16). */
function refuseUnknownPools(draft: Draft, filter: SelectFilter): Refusal | undefined {
  for (const pool of [...(filter.pools ?? []), ...(filter.disklessPools ?? [])]) {
    if (draft.state.pools.countBy('name', nameKey(pool)) === 0) {
      const remedy = 'Create it on a node first: varve storage-pool create'
      return refuse('not-found', { noun: 'storage pool', subject: pool }, remedy)
    }
  }
  return undefined
}

function changedFilter(
  before: SelectFilter,
  changes: Readonly<Record<string, unknown>>,
): SelectFilter | Refusal {
  const fields = Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null)
  const parsed = SelectFilter.safeParse(Object.fromEntries(fields))
  if (parsed.success) return parsed.data
  const problem = parsed.error.issues
    .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    .join('; ')
  return refuse('invalid-filter', { problem })
}
