/** The controller's own: properties, leadership, and what a fresh cluster begins with. */
import {
  type Args,
  defaultDisklessPool,
  defaultGroup,
  defaultPool,
  groupOf,
  type Refusal,
  refer,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { changeProperties, setProperty } from './property.ts'

/** LINSTOR's initial data (reference 1 and properties.md 19.1): clients rely on these names. */
const initialProps = {
  'DrbdOptions/auto-add-quorum-tiebreaker': 'True',
  'DrbdOptions/auto-diskful-allow-cleanup': 'True',
  'DrbdOptions/AutoEvictAllowEviction': 'True',
  'DrbdOptions/auto-resync-after-disable': 'true',
  'DrbdOptions/Resource/on-no-quorum': 'io-error',
} as const

export function foundCluster(draft: Draft): Refusal | undefined {
  if (groupOf(draft.state, defaultGroup)) return undefined
  draft.record({ type: 'storage-pool-definition.created', pool: defaultPool })
  draft.record({ type: 'storage-pool-definition.created', pool: defaultDisklessPool })
  draft.record({
    type: 'resource-group.created',
    group: defaultGroup,
    filter: { placeCount: 2 },
  })
  for (const [key, value] of Object.entries(initialProps)) {
    setProperty(draft, refer('controller'), key, value)
  }
  return undefined
}

export function modifyController(draft: Draft, args: Args<'controller.modify'>) {
  return changeProperties(draft, refer('controller'), args)
}

export function electLeader(draft: Draft, args: Args<'leader.elect'>): Refusal | undefined {
  draft.record({ type: 'leader.elected', term: args.term, controller: args.controller })
  return undefined
}
