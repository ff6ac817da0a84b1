/** Objects that a path names; where there is none, that is said with LINSTOR's code. */
import {
  definitionOf,
  groupOf,
  type Node,
  nodeOf,
  type Resource,
  type ResourceDefinition,
  type ResourceGroup,
  resourceOf,
  type Snapshot,
  snapshotOf,
  type VolumeDefinition,
  volumeDefinitionOf,
} from '@varve/events'
import type { Call } from '../call.ts'

export function nodeIn(call: Call, name: string): Node | undefined {
  const row = nodeOf(call.world.state, name)
  if (!row) call.fail('FAIL_NOT_FOUND_NODE', `There is no node '${name}'.`, { Node: name })
  return row
}

export function groupIn(call: Call, name: string): ResourceGroup | undefined {
  const row = groupOf(call.world.state, name)
  const message = `There is no resource group '${name}'.`
  if (!row) call.fail('FAIL_NOT_FOUND_RSC_GRP', message, { RscGrp: name })
  return row
}

export function definitionIn(call: Call, name: string): ResourceDefinition | undefined {
  const row = definitionOf(call.world.state, name)
  const message = `There is no resource definition '${name}'.`
  if (!row) call.fail('FAIL_NOT_FOUND_RSC_DFN', message, { RscDfn: name })
  return row
}

export function volumeDefinitionIn(
  call: Call,
  definition: string,
  number: string,
): VolumeDefinition | undefined {
  if (!definitionIn(call, definition)) return undefined
  const row = volumeDefinitionOf(call.world.state, definition, Number(number))
  const message = `Resource definition '${definition}' has no volume ${number}.`
  if (!row) call.fail('FAIL_NOT_FOUND_VLM_DFN', message, { RscDfn: definition, VlmNr: number })
  return row
}

export function resourceIn(call: Call, definition: string, node: string): Resource | undefined {
  if (!definitionIn(call, definition)) return undefined
  const row = resourceOf(call.world.state, definition, node)
  const message = `There is no resource '${definition}' on node '${node}'.`
  if (!row) call.fail('FAIL_NOT_FOUND_RSC', message, { RscDfn: definition, Node: node })
  return row
}

export function snapshotIn(call: Call, definition: string, name: string): Snapshot | undefined {
  if (!definitionIn(call, definition)) return undefined
  const row = snapshotOf(call.world.state, definition, name)
  const message = `There is no snapshot '${name}' of '${definition}'.`
  const refs = { RscDfn: definition, Snapshot: name }
  if (!row) call.fail('FAIL_NOT_FOUND_SNAPSHOT_DFN', message, refs)
  return row
}
