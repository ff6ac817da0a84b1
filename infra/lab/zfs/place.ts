// Where ZFS for the nodes' kernel is kept once it is built, and whether it is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { labSupport, type Support } from '../support.ts'

/** Modules of the packaged user-mode kernel, by version. */
const kernelModules = '/usr/lib/uml/modules'

/** Version of the nodes' kernel; undefined without its package. */
export function kernelVersion(): string | undefined {
  return existsSync(kernelModules) ? readdirSync(kernelModules).sort().at(-1) : undefined
}

/** `modules/` and `user/` of one kernel's ZFS; outside of every checkout, so that it is built once. */
export function zfsDirectory(kernel: string, env: NodeJS.ProcessEnv = process.env): string {
  const cache = env.VARVE_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'varve')
  return join(cache, 'lab', `zfs-${kernel}`)
}

/** Why the last attempt at building came to nothing; a file beside the directory. */
export function reasonPath(kernel: string): string {
  return `${zfsDirectory(kernel)}.reason`
}

/** Whether nodes can have ZFS; a test that needs it skips itself and says the reason. */
export function zfsSupport(): Support {
  const support = labSupport()
  if (!support.ok) return support
  const kernel = kernelVersion()
  if (kernel === undefined) return { ok: false, reason: `there is no ${kernelModules}` }
  if (existsSync(zfsDirectory(kernel))) return { ok: true }
  const path = reasonPath(kernel)
  const reason = existsSync(path)
    ? readFileSync(path, 'utf8').trim()
    : 'ZFS is not built yet: run `node infra/lab/setup.ts` on Debian 12'
  return { ok: false, reason }
}
