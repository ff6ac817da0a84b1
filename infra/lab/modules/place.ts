// Where modules for the nodes' kernel are kept once they are built, and whether they are there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { labSupport, type Support } from '../support.ts'

/** What Debian's user-mode kernel comes without. */
export type Part = 'zfs' | 'nvme'
export const moduleParts: readonly Part[] = ['zfs', 'nvme']

const names: Readonly<Record<Part, string>> = { zfs: 'ZFS', nvme: 'NVMe' }
export const nameOf = (part: Part) => names[part]

/** Modules of the packaged user-mode kernel, by version. */
const kernelModules = '/usr/lib/uml/modules'

/** Version of the nodes' kernel; undefined without its package. */
export function kernelVersion(): string | undefined {
  return existsSync(kernelModules) ? readdirSync(kernelModules).sort().at(-1) : undefined
}

/** What was built of one part; outside of every checkout, so that it is built once. */
export function partDirectory(
  part: Part,
  kernel: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const cache = env.VARVE_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'varve')
  return join(cache, 'lab', `${part}-${kernel}`)
}

/** Why the last attempt at building came to nothing; a file beside the directory. */
export function reasonPath(part: Part, kernel: string): string {
  return `${partDirectory(part, kernel)}.reason`
}

/** Whether nodes can have it; a test that needs it skips itself and says the reason. */
export function partSupport(part: Part): Support {
  const support = labSupport()
  if (!support.ok) return support
  const kernel = kernelVersion()
  if (kernel === undefined) return { ok: false, reason: `there is no ${kernelModules}` }
  if (existsSync(partDirectory(part, kernel))) return { ok: true }
  const path = reasonPath(part, kernel)
  const reason = existsSync(path)
    ? readFileSync(path, 'utf8').trim()
    : `${nameOf(part)} is not built yet: run \`node infra/lab/setup.ts\` on Debian 12`
  return { ok: false, reason }
}

export const zfsSupport = (): Support => partSupport('zfs')
export const nvmeSupport = (): Support => partSupport('nvme')
