/** Figures about a resync as events2 and status print them. */
import type { SimClock } from '../clock.ts'
import type { PeerDevice } from './model.ts'

/** Percent with two digits, and the statistics that come with it; undefined when not syncing. */
export function syncFields(peerDevice: PeerDevice, clock: SimClock) {
  const { sync } = peerDevice
  if (!sync) return undefined
  const percent = sync.totalKib === 0 ? 100 : (100 * sync.doneKib) / sync.totalKib
  const ms = clock.now() - sync.startedAt
  const sectors = Math.floor(sync.doneKib) * 2
  const rate = ms === 0 ? 0 : sync.doneKib / 1024 / (ms / 1000)
  const eta = rate === 0 ? 'nan' : `${Math.floor((sync.totalKib - sync.doneKib) / 1024 / rate)}`
  const speed = rate.toFixed(2)
  return {
    done: percent.toFixed(2),
    statistics: `rs-total:${sync.totalKib * 2} rs-dt-start-ms:${ms} rs-paused-ms:0 rs-dt0-ms:${ms} rs-db0-sectors:${sectors} rs-dt1-ms:${ms} rs-db1-sectors:${sectors} rs-failed:0 rs-same-csum:0 dbdt:${speed} dbdt0:${speed} dbdt1:${speed} eta:${eta}`,
    totalSectors: sync.totalKib * 2,
    sectors,
    ms,
    speed,
    eta,
  }
}
