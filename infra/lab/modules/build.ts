/**
 * Builds what the nodes' kernel comes without out of Debian's own packages, once per machine: about
 * two minutes on two cores and 140 MB of downloads. The licences of ZFS and of the kernel do not go
 * together in one binary that is handed on, so every machine builds its own and none is ever committed.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { buildNvme } from '../nvme/build.ts'
import { ensureBuildPackages } from '../packages.ts'
import { buildZfs } from '../zfs/build.ts'
import { prepareKernel } from './kernel.ts'
import {
  kernelVersion,
  moduleParts,
  nameOf,
  type Part,
  partDirectory,
  reasonPath,
} from './place.ts'
import { stageMs } from './shell.ts'

const workPrefix = '.modules-'

type Log = (line: string) => void

/** Puts what was built into `out`; `work/linux` is the prepared source. */
type Build = (work: string, out: string) => Promise<void>

const builds: Readonly<Record<Part, Build>> = { zfs: buildZfs, nvme: buildNvme }

/**
 * Makes sure that all moduleParts are in the cache. When one cannot be, the reason is said and left where
 * partSupport() finds it: a machine without a mirror or a compiler can still have every other lab.
 */
export async function ensureModules(log: Log): Promise<void> {
  const kernel = kernelVersion()
  if (kernel === undefined) return
  const missing = moduleParts.filter((part) => !existsSync(partDirectory(part, kernel)))
  const [first] = missing
  if (first === undefined) return
  const cache = dirname(partDirectory(first, kernel))
  mkdirSync(cache, { recursive: true })
  removeAbandoned(cache)
  const work = mkdtempSync(join(cache, workPrefix))
  try {
    const names = missing.map(nameOf).join(' and ')
    log(`lab: building ${names} for the nodes' kernel ${kernel}, once: about two minutes`)
    await ensureBuildPackages(log)
    await prepareKernel(work, kernel)
    for (const part of missing) await build(part, { work, kernel, log })
  } catch (error) {
    for (const part of missing) giveUp(part, { kernel, log }, error)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

type Context = { readonly kernel: string; readonly log: Log }

async function build(part: Part, context: Context & { readonly work: string }): Promise<void> {
  const { work, kernel, log } = context
  const started = performance.now()
  const target = partDirectory(part, kernel)
  const out = join(work, `out-${part}`)
  try {
    mkdirSync(out)
    await builds[part](work, out)
    // Two builds at once: the first to end wins, and both have made the same.
    if (!existsSync(target)) renameSync(out, target)
    rmSync(reasonPath(part, kernel), { force: true })
    log(`lab: ${nameOf(part)} is built (${Math.round((performance.now() - started) / 1000)} s)`)
  } catch (error) {
    giveUp(part, context, error)
  }
}

function giveUp(part: Part, { kernel, log }: Context, error: unknown): void {
  const said = error instanceof Error ? error.message : String(error)
  const last = said.trim().split('\n').slice(-3).join(' | ')
  const reason = `${nameOf(part)} cannot be built here: ${last}`
  writeFileSync(reasonPath(part, kernel), `${reason}\n`)
  log(`lab: ${reason}`)
}

/** What a build that was killed has left: 1.7 GB. One that is under way has written a moment ago. */
function removeAbandoned(directory: string): void {
  for (const name of readdirSync(directory).filter((each) => each.startsWith(workPrefix))) {
    const path = join(directory, name)
    const ageMs = Date.now() - statSync(path).mtimeMs
    if (ageMs > 4 * stageMs) rmSync(path, { recursive: true, force: true })
  }
}
