/** make-bcache of bcache-tools 1.0.8, and how its superblocks look to od. */
import { type BlockDevice, bcacheMagic, signaturesOf } from '../block.ts'
import { findDevice } from '../devices.ts'
import { type Call, fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'
import { comeUp } from './model.ts'

const options = optionTable(
  '-C|--cache',
  '-B|--bdev',
  '-b|--bucket=',
  '-w|--block=',
  '--cset-uuid=',
  '--writeback',
  '--discard',
  '--cache_replacement_policy=',
  '-h|--help',
)

export function makeBcache({ machine, args }: Call): Output {
  const given = readOptions(args, options)
  if (given.unknown) return fail(1, `make-bcache: unrecognized option '${given.unknown}'`)
  if (given.values.has('-h')) return fail(1, 'Usage: make-bcache [options] device')
  const [path = ''] = given.words
  const device = findDevice(machine, path)
  if (!device) return fail(1, `Can't open dev ${path}: No such file or directory`)
  if (device.openers.size > 0) return fail(1, `Can't open dev ${path}: Device or resource busy`)
  const [found] = signaturesOf(device)
  if (found) return fail(1, `Device ${path} already has a ${found.type} superblock, remove it`)
  device.bcache = {
    role: given.values.has('-C') ? 'cache' : 'data',
    set: option(given, '--cset-uuid') ?? machine.shared.random.uuid(),
    label: '',
    isAttached: false,
    writesBack: given.values.has('--writeback'),
  }
  device.cache = undefined
  comeUp(machine, device)
  return ok()
}

/** Where the superblock's magic is, bytes. */
export const magicAt = 4096 + 24
const stateByte = { 'no cache': '00', attached: '20' } as const

/** So many bytes from there on: UUIDs of device and set, label, flags whose last byte has the state. */
export function superblockText({ bcache }: BlockDevice, bytes: number): string {
  const zeroes = Array.from({ length: bytes }, () => '00')
  if (!bcache) return ` ${zeroes.join(' ')}\n`
  const uuid = bcache.set.replaceAll('-', '').match(/../g) ?? []
  const label = [...Buffer.from(bcache.label)].map((byte) => byte.toString(16).padStart(2, '0'))
  const flags = ['00', '00', '00', '00', '00', '00', '00']
  const state = stateByte[bcache.isAttached ? 'attached' : 'no cache']
  const head = [...bcacheMagic.split(' '), ...uuid, ...uuid]
  const all = [...head, ...label, ...zeroes.slice(0, 32 - label.length), ...flags, state]
  return ` ${all.slice(0, bytes).join(' ')}\n`
}
