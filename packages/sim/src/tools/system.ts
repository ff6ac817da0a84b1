/** uname, modprobe, udevadm, mount: the machine itself. */
import { fileSystem } from '../block.ts'
import { findDevice } from '../devices.ts'
import { loadDrbd } from '../drbd/lookup.ts'
import { closeDevice, openDevice } from '../drbd/open.ts'
import { type Call, fail, type Output, ok } from '../tool.ts'

const kernelRelease = '6.1.0-42-amd64'
const known = new Set([
  'dm_mod',
  'dm_thin_pool',
  'dm_snapshot',
  'loop',
  'dm_crypt',
  'xts',
  'libcrc32c',
  'configfs',
])

const nvmeModules = new Set(['nvmet', 'nvmet_tcp', 'nvme_fabrics', 'nvme_tcp'])
const caches = new Set(['dm_writecache', 'dm_cache', 'dm_cache_smq'])

export function uname(call: Call): Output {
  const answers: Readonly<Record<string, string>> = {
    '-n': call.machine.uname,
    '-r': kernelRelease,
    '-s': 'Linux',
    '-m': 'x86_64',
  }
  const answer = answers[call.args[0] ?? '-s']
  return answer === undefined
    ? fail(1, `uname: invalid option -- '${call.args[0]}'`)
    : ok(`${answer}\n`)
}

export function modprobe(call: Call): Output {
  for (const arg of call.args.filter((each) => !each.startsWith('-'))) {
    const name = arg.replaceAll('-', '_')
    if (name === 'drbd' || name === 'drbd_transport_tcp') {
      const found =
        loadDrbd(call.machine) && (name === 'drbd' || call.machine.drbdVersion.startsWith('9'))
      if (!found) return notFound(arg)
      call.machine.modules.add(name)
    } else if (caches.has(name)) {
      if (call.machine.missing.has('dm-cache')) return notFound(arg)
      call.machine.modules.add(name)
    } else if (name === 'bcache') {
      if (call.machine.missing.has('make-bcache')) return notFound(arg)
      call.machine.modules.add(name)
    } else if (nvmeModules.has(name)) {
      if (call.machine.missing.has('nvme')) return notFound(arg)
      call.machine.modules.add(name)
    } else if (known.has(name)) call.machine.modules.add(name)
    else if (name === 'zfs' && !call.machine.missing.has('zfs')) call.machine.modules.add(name)
    else return notFound(arg)
  }
  return ok()
}

const notFound = (name: string) =>
  fail(1, `modprobe: FATAL: Module ${name} not found in directory /lib/modules/${kernelRelease}`)

/** `mount <device> <directory>`: opens the device, which promotes a DRBD resource by itself. */
export function mount(call: Call): Output {
  const [path = '', directory = ''] = call.args.filter((arg) => !arg.startsWith('-'))
  const device = findDevice(call.machine, path)
  if (!device) return fail(32, `mount: ${directory}: special device ${path} does not exist.`)
  if (call.machine.mounts.has(path))
    return fail(32, `mount: ${directory}: ${path} already mounted on ${directory}.`)
  if (!device.content.get(0)?.startsWith(fileSystem('', '').slice(0, 3))) {
    return fail(
      32,
      `mount: ${directory}: wrong fs type, bad option, bad superblock on ${path}, missing codepage or helper program, or other error.`,
    )
  }
  const problem = openDevice(call.machine, path)
  if (problem) return fail(32, `mount: ${directory}: mount(2) system call failed: ${problem}.`)
  call.machine.mounts.set(path, directory)
  return ok()
}

export function umount(call: Call): Output {
  const word = call.args.findLast((arg) => !arg.startsWith('-')) ?? ''
  const entry = [...call.machine.mounts].find(
    ([path, directory]) => path === word || directory === word,
  )
  if (!entry) return fail(32, `umount: ${word}: not mounted.`)
  call.machine.mounts.delete(entry[0])
  closeDevice(call.machine, entry[0])
  return ok()
}

export const version =
  (text: string) =>
  (call: Call): Output =>
    call.args.some((arg) => /^(-V|--version|version)$/.test(arg)) ? ok(text) : ok()

export const quiet = (): Output => ok()
