/** What policies ask for and users do not: tie-breakers, the managed quorum, the digest to verify by. */
import {
  type Args,
  definitionOf,
  isLive,
  type Refusal,
  refer,
  resourceOf,
  verifyKey,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { settleDefinition } from '../operations/settle.ts'
import { placeResource } from './place-resource.ts'
import { deleteProperty, quorumKey, quorumSetBy, setProperty } from './property.ts'

export function addTieBreaker(draft: Draft, args: Args<'tie-breaker.add'>): Refusal | undefined {
  const definition = definitionOf(draft.state, args.definition)
  if (!definition || !isLive(definition)) return undefined
  return placeResource(draft, definition, { node: args.node, kind: 'tie-breaker' })
}

export function removeTieBreaker(
  draft: Draft,
  args: Args<'tie-breaker.remove'>,
): Refusal | undefined {
  const resource = resourceOf(draft.state, args.definition, args.node)
  if (resource?.kind !== 'tie-breaker' || !isLive(resource)) return undefined
  const { definition, node } = resource
  const operation = draft.startOperation('delete-resource', refer('resource', definition, node))
  draft.record({ type: 'resource.deletion-started', definition, node, operation })
  settleDefinition(draft, definition)
  return undefined
}

export function manageQuorum(draft: Draft, args: Args<'quorum.manage'>): Refusal | undefined {
  const definition = definitionOf(draft.state, args.definition)
  if (!definition) return undefined
  const of = refer('resource-definition', definition.name)
  setProperty(draft, of, quorumKey, args.quorum)
  setProperty(draft, of, quorumSetBy, 'linstor')
  return undefined
}

export function manageVerifyAlgorithm(
  draft: Draft,
  args: Args<'verify-algorithm.manage'>,
): Refusal | undefined {
  const definition = definitionOf(draft.state, args.definition)
  if (!definition) return undefined
  const of = refer('resource-definition', definition.name)
  if (args.digest === undefined) deleteProperty(draft, of, verifyKey)
  else setProperty(draft, of, verifyKey, args.digest)
  return undefined
}
