/** The small files of a simulated machine, and the files that the kernel makes up. */
import { bcacheText } from './bcache/files.ts'
import { signaturesOf } from './block.ts'
import { blockText, deviceRecord } from './block-files.ts'
import type { Machine } from './machine.ts'
import { nvmeText } from './nvme/files.ts'
import { moduleVersion } from './zfs/words.ts'

/** `/a/b/../c` → `/a/c`. */
export function normal(path: string): string {
  if (isNormal(path)) return path
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** True of nearly all paths, so worth a look before they are taken apart. */
function isNormal(path: string): boolean {
  if (!path.startsWith('/') || path.endsWith('/') || path.endsWith('/.')) return false
  return !path.includes('//') && !path.includes('/..') && !path.includes('/./')
}

export const parentOf = (path: string): string => normal(`${path}/..`)

/** A file's text; undefined when there is none. */
export function readText(machine: Machine, path: string): string | undefined {
  return (
    machine.files.get(normal(path))?.text ??
    kernelFile(machine, path) ??
    blockText(machine, path) ??
    deviceRecord(machine, path) ??
    bcacheText(machine, path) ??
    nvmeText(machine, path)
  )
}

export function writeText(machine: Machine, path: string, text: string): void {
  const name = normal(path)
  makeDirectory(machine, parentOf(name))
  const file = machine.files.get(name)
  if (file) file.text = text
  else machine.files.set(name, { text })
}

export function makeDirectory(machine: Machine, path: string): void {
  for (let at = normal(path); at !== '/' && !machine.directories.has(at); at = parentOf(at)) {
    machine.directories.add(at)
  }
}

/** Names directly inside a directory, sorted; undefined when there is no such directory. */
export function listNames(machine: Machine, directory: string): string[] | undefined {
  const at = normal(directory)
  if (at !== '/' && !machine.directories.has(at)) return undefined
  const prefix = at === '/' ? '/' : `${at}/`
  const names = new Set<string>()
  const consider = (path: string) => {
    if (path.length <= prefix.length || !path.startsWith(prefix)) return
    if (!path.includes('/', prefix.length)) names.add(path.slice(prefix.length))
  }
  for (const path of machine.files.keys()) consider(path)
  for (const path of machine.directories) consider(path)
  return [...names].sort()
}

/** What /sys and /proc say. */
function kernelFile(machine: Machine, path: string): string | undefined {
  if (path === '/sys/module/drbd/version') {
    return machine.modules.has('drbd') ? `${machine.drbdVersion}\n` : undefined
  }
  if (path === '/sys/module/zfs/version') {
    return machine.modules.has('zfs') ? moduleVersion : undefined
  }
  if (path === '/proc/uptime') {
    const seconds = (machine.shared.clock.now() - machine.bootedAt) / 1000
    return `${seconds.toFixed(2)} 0.00\n`
  }
  if (path === '/proc/modules') {
    return [...machine.modules].map((name) => `${name} 16384 0 - Live 0x0\n`).join('')
  }
  if (path === '/sys/kernel/uevent_seqnum') return `${eventCount(machine)}\n`
  if (path === '/proc/crypto' && machine.digests.length > 0) return cryptoOf(machine)
  if (path === '/proc/self/mounts') {
    return [...machine.mounts].map(([device, at]) => `${device} ${at} ext4 rw 0 0\n`).join('')
  }
  if (path === '/proc/sys/kernel/hostname') return `${machine.uname}\n`
  if (path === '/proc/sys/kernel/random/boot_id') {
    const tail = `${machine.boots}`.padStart(12, '0')
    return `00000000-0000-4000-8000-${tail}\n`
  }
  const loop = /^\/sys\/block\/(loop\d+)\/size$/.exec(path)
  if (loop) {
    const file = machine.loops.get(`/dev/${loop[1]}`)
    const block = file === undefined ? undefined : machine.files.get(file)?.block
    return block && `${(machine.loopSizes.get(`/dev/${loop[1]}`) ?? block.sizeKib) * 2}\n`
  }
  return undefined
}

/** Not a count, but another number whenever something has happened to a disk: nobody adds them up. */
function eventCount(machine: Machine): number {
  const disks = [...machine.disks].map(([name, disk]) => {
    const types = signaturesOf(disk).map(({ type }) => type)
    return [name, disk.sizeKib, ...types, ...(disk.partitions ?? [])].join(' ')
  })
  let count = 0
  for (const letter of disks.join(',')) count = (count * 31 + letter.charCodeAt(0)) % 2 ** 32
  return count
}

/** As the kernel lists what is loaded; ciphers are among them. */
function cryptoOf({ digests }: Machine): string {
  const entry = (name: string, type: string) =>
    `name         : ${name}\ndriver       : ${name}-generic\ntype         : ${type}\n`
  return [...digests.map((name) => entry(name, 'shash')), entry('aes', 'cipher')].join('\n')
}
