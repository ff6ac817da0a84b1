/** `resource-group spawn`: definition, volumes and replicas in one command. */
import {
  type Args,
  isRefusal,
  mergeFilters,
  type Refusal,
  type ResourceGroup,
  refer,
  refuse,
  type State,
  volumeGroupsOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { placeAutomatically } from './auto-place.ts'
import { createDefinition } from './definition.ts'
import { changeProperties } from './property.ts'
import { requireDefinition, requireGroup } from './require.ts'
import { createVolumeDefinition } from './volume-definition.ts'

export function spawn(draft: Draft, args: Args<'resource-group.spawn'>): Refusal | undefined {
  const group = requireGroup(draft.state, args.group)
  if (isRefusal(group)) return group
  const refused =
    refuseSizes(draft.state, group, args) ??
    refusePassphrases(args) ??
    createDefinition(draft, {
      definition: args.definition,
      group: group.name,
      layers: args.filter?.layers,
      externalName: args.externalName,
      peerSlots: args.peerSlots,
      props: args.props,
    }) ??
    createVolumes(draft, group, args)
  if (refused) return refused
  draft.reply = { definition: args.definition }
  const filter = mergeFilters(group.filter, args.filter ?? {})
  if (args.definitionsOnly || filter.placeCount === undefined) return undefined
  const definition = requireDefinition(draft.state, args.definition)
  if (isRefusal(definition)) return definition
  return placeAutomatically(draft, definition, filter)
}

/** Without volume groups any number of sizes will do (reference 16). */
function refuseSizes(
  state: State,
  group: ResourceGroup,
  args: Args<'resource-group.spawn'>,
): Refusal | undefined {
  const wanted = volumeGroupsOf(state, group.name).length
  if (args.sizesKib.length === 0 && !args.definitionsOnly && !args.partial) {
    return refuse('invalid-arguments', { subject: 'sizesKib', problem: 'give one size at least' })
  }
  if (wanted === 0 || args.partial || args.sizesKib.length === wanted) return undefined
  return refuse(
    'invalid-sizes',
    { measured: args.sizesKib.length, subject: group.name, required: wanted },
    'Give one size per volume group, or --partial.',
  )
}

/** One for each volume or none at all: nobody could tell which volume a lone one is meant for. */
function refusePassphrases(args: Args<'resource-group.spawn'>): Refusal | undefined {
  const given = args.volumePassphrases?.length
  if (given === undefined || given === args.sizesKib.length) return undefined
  const problem = `${given} were given for ${args.sizesKib.length} volumes`
  return refuse('invalid-arguments', { subject: 'volumePassphrases', problem })
}

function createVolumes(
  draft: Draft,
  group: ResourceGroup,
  args: Args<'resource-group.spawn'>,
): Refusal | undefined {
  const templates = volumeGroupsOf(draft.state, group.name)
  for (const [index, sizeKib] of args.sizesKib.entries()) {
    const template = templates[index]
    const number = template?.number ?? index
    const refused = createVolumeDefinition(draft, {
      definition: args.definition,
      number,
      sizeKib,
      ...(template?.gross ? { gross: true } : {}),
      passphrase: args.volumePassphrases?.[index],
    })
    if (refused) return refused
    // Volume group properties are copied: later changes of the group do not reach old volumes.
    const copied = changeProperties(draft, refer('volume-definition', args.definition, number), {
      setProps: template?.props,
    })
    if (copied) return copied
  }
  return undefined
}
