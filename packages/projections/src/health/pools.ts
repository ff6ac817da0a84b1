/** Pools that are full or broken. Thin ones fail all their volumes at once when they fill up. */
import {
  formatKib,
  keyOf,
  nameKey,
  refer,
  type StoragePool,
  thinProviders,
  volumesOf,
} from '@varve/events'
import { isOnline } from '../age.ts'
import { type StoragePoolRow, storagePoolRow } from '../views/storage-pool.ts'
import { waysOutOfPool } from '../ways-out.ts'
import type { Sight } from '../world.ts'
import type { Problem } from './problem.ts'

/** Percent of data or metadata in use. LVM's own advice is to act at 80. */
const thinWarning = 80
const thinError = 95

export function poolProblems(sight: Sight): Problem[] {
  return sight.state.pools.keys().flatMap((key) => {
    const pool = sight.state.pools.get(key)
    return pool && isOnline(sight, pool.node) ? problemsOf(sight, pool) : []
  })
}

function problemsOf(sight: Sight, pool: StoragePool): Problem[] {
  const row = storagePoolRow(sight, pool)
  const subject = refer('storage-pool', pool.node, pool.name)
  const name = `Storage pool ${pool.name} on ${pool.node}`
  const problem = row.observed?.problem
  const volumes = sight.state.poolUsage.get(keyOf(pool.node, pool.name))?.volumes ?? 0
  if (problem) {
    const hit = volumes === 0 ? '' : ` It holds ${volumes} volume${volumes === 1 ? '' : 's'}.`
    const [remedy] = waysOutOfPool(pool, problem.kind)
    const sentence = `${name} cannot be used: ${problem.text}.${hit}`
    return [{ level: 'error', subject, sentence, ...(remedy === undefined ? {} : { remedy }) }]
  }
  if (!thinProviders.has(pool.provider)) return []
  const used = Math.max(dataUsed(row), row.observed?.metadataPercent ?? 0)
  if (used < thinWarning) return []
  const free = row.observed?.freeKib
  const left = free === undefined ? '' : `; ${formatKib(free)} are left`
  return [
    {
      level: used >= thinError && volumes > 0 ? 'error' : 'warning',
      subject,
      sentence: `${name} is ${Math.floor(used)}% full${left}.`,
      remedy: `Extend the pool before it fills up: all its volumes would fail with it.${trashIn(sight, pool)}`,
    },
  ]
}

/** What could go at once; it is never emptied early by itself. */
function trashIn({ state }: Sight, pool: StoragePool): string {
  const trashed = state.definitions
    .by('trashed', 'yes')
    .filter(({ name }) =>
      volumesOf(state, name, pool.node).some(
        (volume) => volume.pool !== undefined && nameKey(volume.pool) === nameKey(pool.name),
      ),
    )
  if (trashed.length === 0) return ''
  const names = trashed.map(({ name }) => name)
  return ` In the trash, with volumes there: ${names.join(', ')} (varve trash purge).`
}

function dataUsed({ observed }: StoragePoolRow): number {
  if (observed?.dataPercent !== undefined) return observed.dataPercent
  if (!observed?.totalKib || observed.freeKib === undefined) return 0
  return 100 * (1 - observed.freeKib / observed.totalKib)
}
