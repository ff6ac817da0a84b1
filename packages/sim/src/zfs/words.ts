/** What zfs and zpool say alike. */
import type { Machine } from '../machine.ts'
import { fail, type Output, ok } from '../tool.ts'

const release = '2.1.11-1+deb12u1'

export const moduleVersion = `${release}\n`

export const notLoaded: Output = fail(
  1,
  "The ZFS modules are not loaded.\nTry running '/sbin/modprobe zfs' as root to load them.",
)

export const misuse = (option: string): Output => fail(2, `invalid option '${option}'`)

export function version(machine: Machine): Output {
  const tools = `zfs-${release}\n`
  if (machine.modules.has('zfs')) return ok(`${tools}zfs-kmod-${release}\n`)
  return fail(1, 'zfs_version_kernel() failed: No such file or directory', tools)
}

const factors: Readonly<Record<string, number>> = {
  '': 1 / 1024,
  k: 1,
  m: 1024,
  g: 1024 ** 2,
  t: 1024 ** 3,
}

/** `16384K`, `100M`, `1GB`, `1073741824` (bytes) → KiB. */
export function readKib(text: string): number | undefined {
  const match = /^(\d+)([kmgt]?)b?$/i.exec(text)
  const factor = match && factors[(match[2] ?? '').toLowerCase()]
  return match && factor ? Number(match[1]) * factor : undefined
}

export const missing = (name: string) => `cannot open '${name}': dataset does not exist`

/** `a:b=c` → its two parts. */
export function splitProperty(word: string): [string, string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}
