/** A snapshot that nobody asks for by hand: its name, and the replicas that can be part of it. */
import {
  type Args,
  definitionOf,
  isLive,
  nodeOf,
  type Refusal,
  resourcesOf,
  snapshotOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { hasRoomForAutomatic } from '../policies/watch/auto-snapshot.ts'
import { isGoodCopy } from './safety.ts'
import { createSnapshot } from './snapshot.ts'

const counterKey = 'AutoSnapshot/NextAutoId'

/** Of the replicas that are good and online: fewer than all of them are better than none. */
export function takeAutomatic(
  draft: Draft,
  args: Args<'snapshot.take-automatic'>,
): Refusal | undefined {
  const row = definitionOf(draft.state, args.definition)
  // Others that were judged in the same moment may have gone before.
  if (!row || !isLive(row) || !hasRoomForAutomatic(draft.state)) return undefined
  const nodes = resourcesOf(draft.state, row.name)
    .filter((each) => each.kind === 'diskful' && isLive(each) && isGoodCopy(draft.state, each))
    .map(({ node }) => node)
    .filter((node) => nodeOf(draft.state, node)?.link.status === 'online')
  if (nodes.length === 0) return undefined
  let auto = Math.max(row.nextAutoSnapshot ?? 0, Number(row.props[counterKey] ?? 0) || 0)
  while (snapshotOf(draft.state, row.name, nameOf(auto))) auto += 1
  return createSnapshot(draft, { definition: row.name, snapshot: nameOf(auto), nodes, auto })
}

/** As LINSTOR's: reference, allocation-and-placement 4. */
const nameOf = (number: number): string => `autoSnap${String(number).padStart(5, '0')}`
