/** Looks at dm-crypt: two short calls, however many mappings there are. */
import { type CryptMapping, cryptPlace, type Place } from '../../core/inventory.ts'
import type { Host } from '../../host/host.ts'
import { type LookOptions, problemOf } from '../../storage/look.ts'
import { parseInfo, parseMappings } from './parse.ts'
import { infoArgv, tableArgv } from './steps.ts'

export type CryptLook = {
  readonly places: ReadonlyMap<string, Place>
  readonly mappings: ReadonlyMap<string, CryptMapping>
}

export async function lookAtCrypt(
  host: Host,
  isWanted: boolean,
  options: LookOptions,
): Promise<CryptLook> {
  if (!isWanted) return { places: new Map(), mappings: new Map() }
  const [table, info] = await Promise.all([
    host.run(tableArgv, options),
    host.run(infoArgv, options),
  ])
  const bad = [table, info].find((result) => result.exitCode !== 0)
  if (bad) {
    const place: Place = { state: 'unknown', reason: problemOf(bad) }
    return { places: new Map([[cryptPlace, place]]), mappings: new Map() }
  }
  return {
    places: new Map([[cryptPlace, { state: 'present' }]]),
    mappings: parseMappings(table.stdout, parseInfo(info.stdout)),
  }
}
