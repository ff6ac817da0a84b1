/** mkfs.ext4 and mkfs.xfs: a write to block 0, replicated when it is a DRBD device; dd, getent. */
import { fileSystem, signaturesOf } from '../block.ts'
import { findDevice } from '../devices.ts'
import { deviceOfMinor } from '../drbd/lookup.ts'
import { readProblem, writeThrough } from '../drbd/open.ts'
import { readText } from '../files.ts'
import type { Machine } from '../machine.ts'
import {
  type Call,
  fail,
  type Options,
  type Output,
  ok,
  option,
  optionTable,
  readOptions,
} from '../tool.ts'

const ext4Options = optionTable('-q', '-F', '-E=', '-m=', '-L=', '-b=', '-i=', '-O=', '-T=', '-N=')
const xfsOptions = optionTable('-q', '-f', '-K', '-p=', '-m=', '-L=', '-b=', '-i=', '-n=', '-s=')

export function mkfs(call: Call): Output {
  const type = call.name.split('.')[1] ?? 'ext4'
  const options = readOptions(call.args, type === 'xfs' ? xfsOptions : ext4Options)
  if (options.unknown) return fail(1, `${call.name}: invalid option -- '${options.unknown}'`)
  const [path = ''] = options.words
  const problem = obstacle(call.machine, path, type, options)
  if (problem) return fail(1, `${call.name}: ${problem}`)
  const owner = type === 'xfs' ? protoOwner(call.machine, options) : extendedOwner(options)
  if (owner === undefined) return fail(1, `${call.name}: cannot read ${option(options, '-p')}`)
  const sizeKib = findDevice(call.machine, path)?.sizeKib
  const value = fileSystem(type, call.machine.shared.random.uuid(), owner, sizeKib)
  const refused = writeThrough(call.machine, path, 0, value)
  return refused ? fail(1, `${call.name}: ${refused} while trying to open ${path}`) : ok()
}

function obstacle(machine: Machine, path: string, type: string, options: Options) {
  const device = findDevice(machine, path)
  if (!device) return `The file ${path} does not exist and no size was specified.`
  const openers = deviceOfMinor(machine.kernel, path)?.openers ?? device.openers
  if (openers.size > 0) return `${path} is apparently in use by the system`
  const isForced = options.values.has(type === 'xfs' ? '-f' : '-F')
  // mkfs.ext4 asks on a terminal; without one it goes on.
  const found = type === 'xfs' && !isForced ? signaturesOf(device)[0] : undefined
  return found && `${path} appears to contain an existing filesystem (${found.type}).`
}

const rootOwner = /(?:^|,)root_owner=(\d+:\d+)(?:,|$)/

const extendedOwner = (options: Options) =>
  rootOwner.exec(option(options, '-E') ?? '')?.[1] ?? '0:0'

function protoOwner(machine: Machine, options: Options): string | undefined {
  const path = option(options, '-p')
  if (path === undefined) return '0:0'
  const line = readText(machine, path)?.split('\n')[2]
  const [, uid, gid] = /^d--\d{3} (\d+) (\d+)$/.exec(line ?? '') ?? []
  return uid === undefined ? undefined : `${uid}:${gid}`
}

/** `dd if=<device> of=/dev/null`: whether it can be read. */
export function dd(call: Call): Output {
  const words = new Map(call.args.map((arg) => arg.split('=', 2) as [string, string]))
  const path = words.get('if') ?? ''
  if (path === '/dev/zero') return zero(call.machine, words.get('of') ?? '')
  if (words.get('of') !== '/dev/null')
    return fail(1, `dd: unrecognized option '${words.get('of')}'`)
  const device = findDevice(call.machine, path)
  const problem = device ? readProblem(call.machine, path) : 'No such file or directory'
  if (problem) return fail(1, `dd: failed to open '${path}': ${problem}`)
  return device?.failed ? fail(1, `dd: error reading '${path}': Input/output error`) : ok()
}

/** `dd if=/dev/zero of=<device>`: a few sectors at the beginning, where superblocks are. */
function zero(machine: Machine, path: string): Output {
  const device = findDevice(machine, path)
  if (!device) return fail(1, `dd: failed to open '${path}': No such file or directory`)
  if (device.failed) return fail(1, `dd: error writing '${path}': Input/output error`)
  device.cache = undefined
  device.bcache = undefined
  return ok()
}

const everywhere = { passwd: 'root:x:0:0:root:/root:/bin/sh', group: 'root:x:0:' }

/** Accounts of /etc/passwd and /etc/group, and root. */
export function getent(call: Call): Output {
  const [database = '', name = ''] = call.args.filter((arg) => arg !== '--')
  if (database !== 'passwd' && database !== 'group') return fail(1, `Unknown database: ${database}`)
  const text = `${everywhere[database]}\n${readText(call.machine, `/etc/${database}`) ?? ''}`
  const line = text.split('\n').find((each) => each.startsWith(`${name}:`))
  return line === undefined ? fail(2, '') : ok(`${line}\n`)
}
