import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Support = { ok: true } | { ok: false; reason: string }

/** Programs the lab itself calls on the host. */
const programs = ['linux.uml', 'uml_mconsole', 'ip', 'unshare', 'nsenter', 'taskset', 'mkfs.ext4']

/** Whether a lab can run here; a test that cannot have one skips itself and says the reason. */
export function labSupport(): Support {
  if (process.platform !== 'linux') return { ok: false, reason: 'this is not Linux' }
  if (process.getuid?.() !== 0)
    return { ok: false, reason: 'not root (taps and namespaces need it)' }
  const absent = programs.filter((program) => !isInstalled(program))
  if (absent.length > 0) {
    const how = 'run `node infra/lab/setup.ts` on Debian 12'
    return { ok: false, reason: `not in PATH: ${absent.join(', ')}; ${how}` }
  }
  if (!isUsable('/dev/net/tun', constants.R_OK | constants.W_OK)) {
    return { ok: false, reason: '/dev/net/tun is missing or closed' }
  }
  return { ok: true }
}

function isInstalled(program: string): boolean {
  const path = process.env.PATH ?? ''
  return path.split(delimiter).some((folder) => isUsable(join(folder, program), constants.X_OK))
}

function isUsable(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
