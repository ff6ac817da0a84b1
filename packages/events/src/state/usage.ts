/** Keeps the promised space of each pool up to date with every volume that comes, grows or goes. */
import { keyOf } from '../names.ts'
import type { PoolUsage, Volume } from './records.ts'
import type { State } from './state.ts'

/**
 * `kib`: change of promised space; `deployedKib`: part of it that has just come to be; `volumes`: +1 when the volume was just stored, -1 when it is
 * still stored and about to go. A resource counts once however many volumes it has in the pool; what
 * several nodes share counts once.
 */
export function changeUsage(
  state: State,
  volume: Volume,
  change: { readonly kib: number; readonly deployedKib?: number; readonly volumes?: 1 | -1 },
): void {
  if (volume.pool === undefined) return
  const key = keyOf(volume.node, volume.pool)
  const usage = usageOf(state, volume.node, volume.pool)
  const volumes = change.volumes ?? 0
  const kib = volume.isTwin ? 0 : change.kib
  const isPending = volume.deployedKib === undefined && !volume.isTwin
  const pending = isPending ? kib - (change.deployedKib ?? 0) : 0
  const isOnly = volumes !== 0 && isOnlyVolume(state, volume)
  state.poolUsage.set(key, {
    node: usage.node,
    pool: usage.pool,
    reservedKib: usage.reservedKib + kib,
    pendingKib: usage.pendingKib + pending,
    volumes: usage.volumes + volumes,
    resources: usage.resources + (isOnly ? volumes : 0),
  })
}

/** `volume`, which is stored, is the only one of its resource in its pool. */
function isOnlyVolume(state: State, volume: Volume): boolean {
  const resource = keyOf(volume.definition, volume.node)
  if (state.volumes.countBy('resource', resource) === 1) return true
  return state.volumes
    .by('resource', resource)
    .every((row) => row.number === volume.number || row.pool !== volume.pool)
}

/** What a volume has beside its data takes space in pools of its own; it keeps the size it was given. */
export function changeCompanions(
  state: State,
  volume: Volume,
  change: 'made' | 'deployed' | 'gone',
): void {
  if (change === 'deployed' && volume.deployedKib !== undefined) return
  for (const { pool, sizeKib } of volume.companions ?? []) {
    const usage = usageOf(state, volume.node, pool)
    const sign = change === 'made' ? 1 : change === 'gone' ? -1 : 0
    const wasPending = volume.deployedKib === undefined
    const pending = change === 'made' ? sizeKib : wasPending ? -sizeKib : 0
    state.poolUsage.set(keyOf(volume.node, pool), {
      ...usage,
      reservedKib: usage.reservedKib + sign * sizeKib,
      pendingKib: usage.pendingKib + pending,
      volumes: usage.volumes + sign,
    })
  }
}

function usageOf(state: State, node: string, pool: string): PoolUsage {
  const none = { reservedKib: 0, pendingKib: 0, volumes: 0, resources: 0 }
  return state.poolUsage.get(keyOf(node, pool)) ?? { node, pool, ...none }
}
