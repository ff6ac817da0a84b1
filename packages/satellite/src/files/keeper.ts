/** Writes external files, and removes those that no document names any more. */
import { hash } from 'node:crypto'
import type { DesiredFile, DesiredNode, ObservedFile } from '@varve/events'
import { createBell } from '../bell.ts'
import type { Host } from '../host/host.ts'
import type { Clock, Log } from '../ports.ts'
import { loadNotes, saveNotes } from './notes.ts'
import { type Found, isAllowed, isOwn, placesOf, planFile, type Written } from './plan.ts'

/** A file that somebody has removed is written again within this time. */
const againMs = 60_000

export type FileKeeperOptions = {
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Directories that may be written into; those below them are not meant. */
  readonly allowFiles?: readonly string[]
  /** True: nothing is changed on this machine any more. */
  readonly isHalted: () => boolean
  readonly onFiles: (directories: readonly string[], files: readonly ObservedFile[]) => void
}

export type FileKeeper = {
  readonly setNode: (document: DesiredNode) => void
  /** Until the signal is aborted. */
  readonly run: () => Promise<void>
}

type Outcome = Omit<ObservedFile, 'path' | 'wanted'>

export function createFileKeeper(options: FileKeeperOptions): FileKeeper {
  const { host, clock, log, signal, allowFiles: directories = [], isHalted, onFiles } = options
  const bell = createBell(clock)
  // Nothing is known before the first document: then nothing is removed either.
  let wanted: readonly DesiredFile[] | undefined
  let notes: Map<string, Written> | undefined

  async function note(path: string, written: Written | undefined): Promise<void> {
    notes ??= await loadNotes(host, log)
    if (written) notes.set(path, written)
    else notes.delete(path)
    await saveNotes(host, notes)
  }

  async function write(file: DesiredFile, wantedHash: string): Promise<Outcome> {
    const { path } = file
    const found = await find(host, placesOf(file))
    const sight = { directories, found, written: notes?.get(path) }
    const plan = planFile(file, wantedHash, sight)
    const at = found === undefined ? {} : { at: found.at }
    if (plan.kind === 'refuse') return { ...at, isCurrent: false, problem: plan.problem }
    if (plan.kind === 'as-wanted') return { ...at, isCurrent: true }
    // Noted first: killed in between, it is still known to be ours.
    await note(path, plan.note)
    await host.placeFile(plan.at, file.content)
    log.info({ path: plan.at }, 'an external file is written')
    await note(path, { at: plan.at, hashes: [wantedHash] })
    return { at: plan.at, isCurrent: true }
  }

  async function remove(path: string, written: Written): Promise<void> {
    if (!isAllowed(path, directories)) return
    const found = await find(host, [written.at])
    if (found && isOwn(found, written)) {
      await host.removeFile(written.at)
      log.info({ path: written.at }, 'an external file is removed')
    } else if (found) {
      log.warn({ path: written.at }, 'a file that was changed by somebody is left where it is')
    }
    await note(path, undefined)
  }

  async function work(): Promise<void> {
    if (!wanted || isHalted()) return
    const files = wanted
    notes ??= await loadNotes(host, log)
    const observed: ObservedFile[] = []
    for (const file of files) {
      const wantedHash = hash('sha256', Buffer.from(file.content, 'base64'))
      const outcome = await tried(() => write(file, wantedHash))
      observed.push({ path: file.path, wanted: wantedHash, ...outcome })
    }
    const named = new Set(files.map(({ path }) => path))
    for (const [path, written] of [...notes]) if (!named.has(path)) await remove(path, written)
    onFiles(directories, observed)
  }

  return {
    setNode({ files = [] }) {
      wanted = files
      bell.ring()
    },
    async run() {
      onFiles(directories, [])
      while (!signal.aborted) {
        await work().catch((error: unknown) => {
          log.error({ error }, 'external files cannot be worked on; it is tried again later')
        })
        await bell.wait(againMs, signal)
      }
    },
  }
}

/** One that cannot be written must not keep the others from being so. */
async function tried(write: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await write()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { isCurrent: false, problem }
  }
}

async function find(host: Host, places: readonly string[]): Promise<Found> {
  for (const at of places) {
    const seen = await host.fingerprint(at)
    if (seen !== undefined) return { at, hash: seen }
  }
  return undefined
}
