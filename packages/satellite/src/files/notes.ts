/** Which external files this satellite wrote: without it none is ever overwritten or removed. */
import { z } from 'zod'
import type { Host } from '../host/host.ts'
import { configDirectory } from '../layers/drbd/paths.ts'
import type { Log } from '../ports.ts'
import type { Written } from './plan.ts'

export const notesPath = `${configDirectory}/external-files.json`

const Notes = z.record(z.string(), z.object({ at: z.string(), hashes: z.array(z.string()) }))

/** By path, as documents name it. */
export type Notes = ReadonlyMap<string, Written>

/** Notes that are lost or damaged mean that nothing was written. */
export async function loadNotes(host: Host, log: Log): Promise<Map<string, Written>> {
  const text = await host.readFile(notesPath)
  if (text === undefined) return new Map()
  try {
    return new Map(Object.entries(Notes.parse(JSON.parse(text))))
  } catch (error) {
    log.warn({ error, path: notesPath }, 'what was written by us is not known any more')
    return new Map()
  }
}

export async function saveNotes(host: Host, notes: Notes): Promise<void> {
  const sorted = [...notes].toSorted(([a], [b]) => (a < b ? -1 : 1))
  await host.writeFile(notesPath, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}
