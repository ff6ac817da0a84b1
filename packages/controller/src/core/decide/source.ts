/** Replicas that the content of new volumes begins on: until then the others have nobody to sync from. */
import { isLive, nameKey, type Refusal, refuse, resourcesOf } from '@varve/events'
import { commonOf } from '../desired/common.ts'
import { sceneOf } from '../desired/scene.ts'
import type { Draft } from '../draft.ts'

/**
 * Refusal while a volume has not begun yet, is to begin here, and others wait for it: they would
 * stay Inconsistent for ever. Where all replicas begin as equal nobody waits.
 */
export function refuseIfSource(
  draft: Draft,
  definition: string,
  node: string,
): Refusal | undefined {
  const hasOther = resourcesOf(draft.state, definition).some(
    (row) => row.kind === 'diskful' && isLive(row) && nameKey(row.node) !== nameKey(node),
  )
  const scene = hasOther ? sceneOf(draft.state, definition) : undefined
  if (!scene?.definition.layers.includes('DRBD')) return undefined
  const { skipsSync } = commonOf(scene)
  const row = scene.rows.find(
    ({ initialized, source, number }) =>
      !initialized && source?.node === node && !skipsSync.has(number),
  )
  if (!row) return undefined
  return refuse(
    'in-use',
    {
      noun: 'Resource',
      subject: definition,
      problem: `volume ${row.number} begins on node ${node}, and the others are synced from there`,
    },
    `Wait until it is UpToDate there. If it never will be, there is no data yet: varve resource-definition delete ${definition}`,
  )
}
