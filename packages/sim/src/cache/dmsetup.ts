/** What dmsetup does to cached devices. */
import { magicAt, superblockText } from '../bcache/tool.ts'
import { findDevice } from '../devices.ts'
import type { Machine } from '../machine.ts'
import { type Call, fail, type Options, type Output, ok, option } from '../tool.ts'
import { type CachedDevice, closeCached, dirtyBlocks, flush } from './model.ts'
import { openCached } from './open.ts'
import { type CacheTable, parseTable } from './table.ts'

type Action = (call: Call, given: Options, device: CachedDevice) => Output

/** By verb; each takes the name of an open device as its first word. */
const actions: Readonly<Record<string, Action>> = { load, resume, message, remove, status }

export function changeCached(call: Call, given: Options): Output | undefined {
  const [verb = '', name = ''] = given.words
  if (verb === 'create') return create(call, given, name)
  const action = actions[verb]
  if (!action) return undefined
  const device = call.machine.cached.get(name)
  if (!device) return fail(1, `Device ${name} not found\nCommand failed.`)
  return action(call, given, device)
}

const refused = (name: string, reason: string) =>
  fail(1, `device-mapper: reload ioctl on ${name} failed: ${reason}\nCommand failed.`)

function create({ machine }: Call, given: Options, name: string): Output {
  if (machine.cached.has(name) || machine.crypts.has(name)) {
    return fail(1, `device-mapper: create ioctl on ${name} failed: Device or resource busy`)
  }
  const table = tableOf(machine, given)
  if (!table) return refused(name, 'Invalid argument')
  const problem = openCached(machine, { name, uuid: option(given, '-u') ?? '' }, table)
  return problem === undefined ? ok() : refused(name, problem)
}

function load({ machine }: Call, given: Options, device: CachedDevice): Output {
  const table = tableOf(machine, given)
  const sizeKib = table && findDevice(machine, table.data)?.sizeKib
  if (!table || sizeKib === undefined || table.sizeKib > sizeKib) {
    return refused(device.name, 'Invalid argument')
  }
  device.next = table
  return ok()
}

/** A table needs its module. */
function tableOf({ modules }: Machine, given: Options): CacheTable | undefined {
  const table = parseTable(option(given, '--table') ?? '')
  return table && modules.has(`dm_${table.kind}`) ? table : undefined
}

function resume(_: Call, __: Options, device: CachedDevice): Output {
  const { next, header } = device
  if (!next) return ok()
  device.table = next
  device.next = undefined
  header.inner.sizeKib = next.sizeKib
  if (next.policy === 'cleaner' || next.writesThrough) flush(device)
  return ok()
}

function message(_: Call, given: Options, device: CachedDevice): Output {
  const [, , , text = ''] = given.words
  const isKnown = text === 'flush' || text === 'flush_on_suspend'
  if (device.table.kind !== 'writecache' || !isKnown) {
    return fail(1, `device-mapper: message ioctl on ${device.name} failed: Invalid argument`)
  }
  if (device.header.inner.failed) {
    return fail(1, `device-mapper: message ioctl on ${device.name} failed: Input/output error`)
  }
  flush(device)
  return ok()
}

function remove({ machine }: Call, _: Options, device: CachedDevice): Output {
  if (device.header.inner.openers.size > 0) {
    return fail(1, `device-mapper: remove ioctl on ${device.name} failed: Device or resource busy`)
  }
  closeCached(machine, device)
  return ok()
}

function status(_: Call, __: Options, device: CachedDevice): Output {
  return ok(`${statusOf(device)}\n`)
}

function statusOf(device: CachedDevice): string {
  const { table, header } = device
  const head = `0 ${table.sizeKib * 2} ${table.kind}`
  const dirty = device.table.writesThrough ? 0 : dirtyBlocks(device)
  if (table.kind === 'writecache') {
    const error = header.inner.failed ? 1 : 0
    return `${head} ${error} 4080 ${4080 - dirty} 0 0 0 0 0 0 0 0 0 0 0 0`
  }
  if (header.inner.failed) return `${head} Fail`
  return `${head} 8 7/3072 4096 ${dirty}/8 0 0 0 0 0 0 ${dirty} 1 writeback 0 ${table.policy} 0 rw - `
}

/** Lines of `dmsetup status`. */
export function statusLines({ cached }: Machine): string[] {
  return [...cached.values()].map((device) => `${device.name}: ${statusOf(device)}`)
}

/** Lines of `dmsetup table`, devices by their numbers. */
export function tableLines({ cached }: Machine): string[] {
  return [...cached.values()].map(({ name, table, below }) => {
    const numbers = below.map(({ major, minor }) => `${major}:${minor}`).join(' ')
    const mode = table.kind === 'writecache' ? ' s' : ''
    return `${name}: 0 ${table.sizeKib * 2} ${table.kind}${mode} ${numbers} ${table.rest}`
  })
}

/** The bytes of a superblock, or zeroes: what a look at it finds. */
export function od(call: Call): Output {
  const words = new Map(call.args.map((arg) => arg.split('=', 2) as [string, string]))
  const path = call.args.find((arg) => !arg.startsWith('-')) ?? ''
  const device = findDevice(call.machine, path)
  if (!device) return fail(1, `od: ${path}: No such file or directory`)
  if (device.failed) return fail(1, `od: ${path}: read error: Input/output error`)
  const bytes = Number(words.get('--read-bytes') ?? 0)
  if (Number(words.get('--skip-bytes')) === magicAt) return ok(superblockText(device, bytes))
  const kind = device.cache?.kind
  const magic = kind && kind !== 'bcache' ? magics[kind] : undefined
  const isThere = magic !== undefined && magic.split(' ').length === bytes
  return ok(` ${isThere ? magic : Array.from({ length: bytes }, () => '00').join(' ')}\n`)
}

const magics = { writecache: '21 93 48 23', cache: '03 c4 18 00 00 00 00 00' } as const
