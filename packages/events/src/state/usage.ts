/** Keeps the promised space of each pool up to date with every volume that comes, grows or goes. */
import { keyOf } from '../names.ts'
import type { PoolUsage, Volume } from './records.ts'
import type { State } from './state.ts'

/**
 * `kib`: change of promised space; `deployedKib`: part of it that has just come to be; `volumes`: +1 when the volume was just stored, -1 when it is
 * still stored and about to go. A resource counts once however many volumes it has in the pool.
 */
export function changeUsage(
  state: State,
  volume: Volume,
  change: { readonly kib: number; readonly deployedKib?: number; readonly volumes?: 1 | -1 },
): void {
  if (volume.pool === undefined) return
  const key = keyOf(volume.node, volume.pool)
  const usage: PoolUsage = state.poolUsage.get(key) ?? {
    node: volume.node,
    pool: volume.pool,
    reservedKib: 0,
    pendingKib: 0,
    volumes: 0,
    resources: 0,
  }
  const volumes = change.volumes ?? 0
  const pending = volume.deployedKib === undefined ? change.kib - (change.deployedKib ?? 0) : 0
  const isOnly = volumes !== 0 && isOnlyVolume(state, volume)
  state.poolUsage.set(key, {
    ...usage,
    reservedKib: usage.reservedKib + change.kib,
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
