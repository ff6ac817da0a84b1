/**
 * A definition that begins with the content of a snapshot, on the nodes that have it: made at once,
 * or, as LINSTOR's clients do it, in three steps of which the first makes the empty definition.
 */
import {
  type Args,
  type CloneAs,
  isLive,
  isRefusal,
  type Refusal,
  type ResourceDefinition,
  refer,
  refuse,
  resourcesOf,
  type Snapshot,
  volumeDefinitionOf,
  volumeDefinitionsOf,
} from '@varve/events'
import { allocateMinor } from '../allocate/minor.ts'
import type { Draft } from '../draft.ts'
import { createDefinition } from './definition.ts'
import { setVolumeKey } from './encryption.ts'
import { headerProps, pick } from './inheritable.ts'
import { changeProperties } from './property.ts'
import { refuseIfDeleting, requireDefinition } from './require.ts'
import { chooseNodes, placeRestored } from './restore-place.ts'
import { requireSnapshot } from './snapshot-guard.ts'

export function restoreSnapshot(
  draft: Draft,
  args: Args<'snapshot.restore'> & CloneAs,
): Refusal | undefined {
  const snapshot = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(snapshot)) return snapshot
  const nodes = chooseNodes(snapshot, args.nodes)
  if (isRefusal(nodes)) return nodes
  const source = requireDefinition(draft.state, snapshot.definition)
  if (isRefusal(source)) return source
  const { to, externalName } = args
  const refused =
    createDefinition(draft, {
      definition: to,
      group: args.group ?? source.group,
      layers: [...source.layers],
      peerSlots: source.peerSlots,
      props: { ...pick(source.props, headerProps), ...snapshot.definitionProps },
      ...(externalName === undefined ? {} : { externalName }),
    }) ?? changeProperties(draft, refer('resource-definition', to), args)
  if (refused) return refused
  const made = requireDefinition(draft.state, to)
  if (isRefusal(made)) return made
  return (
    createVolumes(draft, snapshot, made) ??
    fillVolumes(draft, snapshot, made) ??
    placeRestored(draft, snapshot, { nodes, to })
  )
}

export function restoreVolumeDefinitions(
  draft: Draft,
  args: Args<'snapshot.restore-volume-definitions'>,
): Refusal | undefined {
  const found = requireEnds(draft, args)
  if (isRefusal(found)) return found
  const { snapshot, source, target } = found
  const refused =
    changeProperties(draft, refer('resource-definition', target.name), {
      setProps: pick(source.props, headerProps),
    }) ?? createVolumes(draft, snapshot, target)
  if (refused) return refused
  // Keys as for any others: nobody has to go on with the second half.
  for (const { number } of snapshot.volumes) {
    const unkeyed = setVolumeKey(draft, target, number, undefined)
    if (unkeyed) return unkeyed
  }
  return undefined
}

export function restoreResources(
  draft: Draft,
  args: Args<'snapshot.restore-resources'>,
): Refusal | undefined {
  const found = requireEnds(draft, args)
  if (isRefusal(found)) return found
  const { snapshot, target } = found
  const nodes = chooseNodes(snapshot, args.nodes)
  if (isRefusal(nodes)) return nodes
  return (
    refuseOtherVolumes(draft, snapshot, target) ??
    fillVolumes(draft, snapshot, target) ??
    placeRestored(draft, snapshot, { nodes, to: target.name })
  )
}

/** The snapshot, and a definition without resources that its content fits. */
function requireEnds(draft: Draft, args: Args<'snapshot.restore-volume-definitions'>) {
  const snapshot = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(snapshot)) return snapshot
  const source = requireDefinition(draft.state, snapshot.definition)
  if (isRefusal(source)) return source
  const target = requireDefinition(draft.state, args.to)
  if (isRefusal(target)) return target
  const deleting = refuseIfDeleting('Resource definition', target.name, target)
  if (deleting) return deleting
  const [resource] = resourcesOf(draft.state, target.name)
  if (resource) {
    const subject = `${target.name} on node ${resource.node}`
    return refuse('exists', { noun: 'resource', subject }, 'Restore into one without resources.')
  }
  const [measured, required] = [target.layers.join(','), source.layers.join(',')]
  if (measured !== required) {
    const problem = `the content of ${source.name} was written through ${required}`
    return refuse('invalid-layers', { measured, problem })
  }
  return { snapshot, source, target }
}

/** With the source's day 0: its generation is part of the metadata that comes with the content. */
function createVolumes(
  draft: Draft,
  snapshot: Snapshot,
  to: ResourceDefinition,
): Refusal | undefined {
  for (const { number, sizeKib, gross, day0, props } of snapshot.volumes) {
    if (volumeDefinitionOf(draft.state, to.name, number)) {
      const subject = `${to.name}/${number}`
      return refuse('exists', { noun: 'volume definition', subject })
    }
    const minor = day0 === undefined ? undefined : allocateMinor(draft.state, undefined)
    if (isRefusal(minor)) return minor
    draft.record({
      type: 'volume-definition.created',
      definition: to.name,
      number,
      sizeKib,
      ...(gross ? { gross } : {}),
      ...(minor === undefined ? {} : { minor, day0 }),
    })
    const of = refer('volume-definition', to.name, number)
    const refused = changeProperties(draft, of, { setProps: props })
    if (refused) return refused
  }
  return undefined
}

/** Has data from the beginning: nothing is to be synced or formatted, and the header is there. */
function fillVolumes(draft: Draft, snapshot: Snapshot, { name: to }: ResourceDefinition) {
  for (const volume of snapshot.volumes) {
    draft.record({ type: 'volume-definition.initialized', definition: to, number: volume.number })
    setKey(draft, snapshot, volume, to)
  }
  return undefined
}

/** Only those that were made for this snapshot: others have another size or generation. */
function refuseOtherVolumes(
  draft: Draft,
  snapshot: Snapshot,
  { name: to }: ResourceDefinition,
): Refusal | undefined {
  const volumes = volumeDefinitionsOf(draft.state, to).filter(isLive)
  const fits = snapshot.volumes.every(({ number, sizeKib, day0 }) => {
    const row = volumes.find((one) => one.number === number)
    return row?.sizeKib === sizeKib && row.day0 === day0 && !row.initialized
  })
  if (fits && volumes.length === snapshot.volumes.length) return undefined
  const subject = `${snapshot.definition}/${snapshot.name}`
  const problem = `the volume definitions of ${to} are not those that were restored from it`
  const remedy = 'Restore the volume definitions first, into a definition that has none.'
  return refuse('in-use', { noun: 'Snapshot', subject, problem }, remedy)
}

/** The header comes with the content, and so does what opens it, also if it was changed since. */
function setKey(
  draft: Draft,
  { definition }: Snapshot,
  volume: Snapshot['volumes'][number],
  to: string,
): void {
  const { number, luksKey: key, luksKeyBoundTo, luksKeyIsChosen } = volume
  if (key === undefined) return
  const boundTo = luksKeyBoundTo ?? definition
  const chosen = luksKeyIsChosen ? { isChosen: true } : {}
  draft.record({
    type: 'volume-definition.key-set',
    ...{ definition: to, number, key, boundTo, ...chosen },
  })
}
