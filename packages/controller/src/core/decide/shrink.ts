/** Making volumes smaller: who says no, and what takes the wish back as long as it has not come true. */
import {
  type Args,
  isLive,
  type Layer,
  type Refusal,
  type ResourceDefinition,
  refuse,
  resourcesOf,
  type VolumeDefinition,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { settleDefinition } from '../operations/settle.ts'

const cached = 'its cache may hold what was written behind the new end'

/** Why a layer cannot follow. */
const obstacles: Partial<Record<Layer, string>> = {
  DRBD: 'DRBD keeps its metadata at the end of every replica, where it would be cut off',
  NVME: 'those who use it over NVMe would write behind its end',
  WRITECACHE: cached,
  CACHE: cached,
  BCACHE: cached,
}

/**
 * Refusal when the volume cannot be made smaller, or nobody has said that its end may go. Whether
 * anything reaches that far is looked at on each node, right before.
 */
export function refuseShrink(
  draft: Draft,
  { name, layers }: ResourceDefinition,
  row: VolumeDefinition,
  { sizeKib, acceptDataLoss }: Args<'volume-definition.resize'>,
): Refusal | undefined {
  const subject = `${row.definition}/${row.number}`
  const fields = { subject, measured: row.sizeKib, required: sizeKib }
  const problem = layers.map((layer) => obstacles[layer]).find((each) => each !== undefined)
  if (problem !== undefined) {
    const remedy = 'Make a definition of that size, copy what is to be kept, and delete this one.'
    return refuse('cannot-shrink', { ...fields, problem }, remedy)
  }
  const isMade = resourcesOf(draft.state, name).some(isLive)
  if (!isMade || acceptDataLoss === true) return undefined
  return refuse(
    'would-cut-off',
    fields,
    'Make the file system smaller first (resize2fs), then say --accept-data-loss. A node where one still reaches further, or where it is in use, does not do it.',
  )
}

/** The size that it had ends a shrink that some node may never be able to do. */
export function isShrinkTakenBack({ resizing, sizeKib }: VolumeDefinition, wanted: number) {
  return resizing !== undefined && resizing.fromKib > sizeKib && wanted === resizing.fromKib
}

/** As a growth: where it has become smaller already it is as large as before again. */
export function takeShrinkBack(draft: Draft, row: VolumeDefinition): undefined {
  if (!row.resizing) return undefined
  const { operation, fromKib } = row.resizing
  draft.reply = { operation }
  draft.record({
    type: 'volume-definition.resize-started',
    definition: row.definition,
    number: row.number,
    sizeKib: fromKib,
    operation,
  })
  settleDefinition(draft, row.definition)
  return undefined
}
