/** Looks at cached devices: two short calls, however many there are, and the kernel's files of bcache. */
import { type CachedMapping, cachedPlace, type Place } from '../../core/inventory.ts'
import type { Host } from '../../host/host.ts'
import { type LookOptions, problemOf } from '../../storage/look.ts'
import { lookAtBcache } from '../bcache/look.ts'
import { parseCached, parseMarks } from './parse.ts'

export type CachedLook = {
  readonly places: ReadonlyMap<string, Place>
  readonly mappings: ReadonlyMap<string, CachedMapping>
}

// Without --noflush the kernel would write metadata of caches and thin pools to their disks first.
const statusArgv = ['dmsetup', 'status', '--noflush'] as const
const marksArgv = [
  'dmsetup',
  'info',
  '--columns',
  '--noheadings',
  '--separator',
  '|',
  '--options',
  'name,uuid,suspended',
] as const

export async function lookAtCached(
  host: Host,
  isWanted: boolean,
  options: LookOptions,
): Promise<CachedLook> {
  if (!isWanted) return { places: new Map(), mappings: new Map() }
  const [status, marks, bcache] = await Promise.all([
    host.run(statusArgv, options),
    host.run(marksArgv, options),
    lookAtBcache(host).catch(String),
  ])
  const bad = [status, marks].find((result) => result.exitCode !== 0)
  if (bad || typeof bcache === 'string') {
    const reason = bad ? problemOf(bad) : String(bcache)
    const place: Place = { state: 'unknown', reason }
    return { places: new Map([[cachedPlace, place]]), mappings: new Map() }
  }
  return {
    places: new Map([[cachedPlace, { state: 'present' }]]),
    mappings: new Map<string, CachedMapping>([
      ...parseCached(status.stdout, parseMarks(marks.stdout)),
      ...bcache.map((each) => [each.name, each] as const),
    ]),
  }
}
