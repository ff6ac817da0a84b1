/** cryptsetup 2.6: LUKS2 headers, open mappings, their size. Keys come over standard input. */
import { type BlockDevice, createInner } from '../block.ts'
import { findDevice } from '../devices.ts'
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
import { openerOf } from './model.ts'

const options = optionTable(
  '-q|--batch-mode',
  '-d|--key-file=',
  '-M|--type=',
  '-c|--cipher=',
  '-s|--key-size=',
  '-h|--hash=',
  '-i|--iter-time=',
  '-T|--tries=',
  '-r|--readonly',
  '-S|--key-slot=',
  '-b|--size=',
  '--uuid=',
  '--label=',
  '--offset=',
  '--align-payload=',
  '--sector-size=',
  '--luks2-metadata-size=',
  '--luks2-keyslots-size=',
  '--pbkdf=',
  '--pbkdf-memory=',
  '--pbkdf-parallel=',
  '--pbkdf-force-iterations=',
  '--allow-discards',
  '--test-passphrase',
  '--perf-no_read_workqueue',
  '--perf-no_write_workqueue',
)

type Action = (call: Call, given: Options, words: readonly string[]) => Output

const actions: Readonly<Record<string, Action>> = {
  luksFormat: format,
  open,
  luksOpen: open,
  close,
  luksClose: close,
  resize,
  refresh,
  luksChangeKey: changeKey,
  erase,
  luksErase: erase,
  isLuks: ({ machine }, _, [path = '']) => (findDevice(machine, path)?.luks ? ok() : fail(1, '')),
  luksUUID: ({ machine }, given, [path = '']) => {
    const device = findDevice(machine, path)
    const uuid = option(given, '--uuid')
    if (!device?.luks) return notLuks(path)
    if (uuid === undefined) return ok(`${device.luks.uuid}\n`)
    device.luks = { ...device.luks, uuid }
    return ok()
  },
}

export function cryptsetup(call: Call): Output {
  if (call.args.includes('--version')) return ok('cryptsetup 2.6.1 flags: UDEV BLKID KEYRING \n')
  const given = readOptions(call.args, options)
  if (given.unknown) return fail(1, `cryptsetup: unrecognized option '${given.unknown}'`)
  const [name = '', ...words] = given.words
  const action = actions[name]
  return action ? action(call, given, words) : fail(1, `cryptsetup: Unknown command ${name}.`)
}

const notLuks = (path: string) => fail(1, `Device ${path} is not a valid LUKS device.`)
const notThere = (path: string) => fail(4, `Device ${path} does not exist or access denied.`)

function format({ machine, stdin }: Call, given: Options, [path = '']: readonly string[]): Output {
  const device = findDevice(machine, path)
  if (!device) return notThere(path)
  if (option(given, '-d') !== '-' || stdin === '') return fail(1, 'Nothing to read on input.')
  if (device.failed) return fail(1, `Cannot wipe header on device ${path}.`)
  if (device.openers.size > 0) {
    return fail(5, `Device ${path} is in use. Cannot proceed with format operation.`)
  }
  const headerKib = headerOf(given)
  if (device.sizeKib <= headerKib) return fail(1, `Device ${path} is too small.`)
  device.content.clear()
  device.signatures = []
  device.drbd = undefined
  device.luks = {
    uuid: option(given, '--uuid') ?? machine.shared.random.uuid(),
    keys: [stdin],
    headerKib,
    inner: createInner(device, headerKib),
  }
  device.allocatedKib = Math.min(device.sizeKib, device.allocatedKib + headerKib)
  return ok()
}

/** 16 MiB, or where the data was said to begin (sectors). */
function headerOf(given: Options): number {
  const offset = Number(option(given, '--offset') ?? 0)
  return offset > 0 ? offset / 2 : 16 * 1024
}

function open({ machine, stdin }: Call, given: Options, words: readonly string[]): Output {
  const [path = '', name = ''] = words
  const device = findDevice(machine, path)
  if (!device) return notThere(path)
  if (!device.luks) return notLuks(path)
  if (given.values.has('--test-passphrase')) return refuseKey(device, stdin) ?? ok()
  if (machine.crypts.has(name)) return fail(5, `Device ${name} already exists.`)
  if (device.openers.size > 0) {
    return fail(5, `Cannot use device ${path} which is in use (already mapped or mounted).`)
  }
  const refused = refuseKey(device, stdin)
  if (refused) return refused
  device.luks.inner.sizeKib = device.sizeKib - device.luks.headerKib
  device.openers.add(openerOf(name))
  machine.nextMinor += 1
  machine.crypts.set(name, {
    name,
    below: device,
    luks: device.luks,
    allowsDiscards: given.values.has('--allow-discards'),
    minor: machine.nextMinor,
  })
  return ok()
}

function refuseKey(device: BlockDevice, key: string): Output | undefined {
  if (device.failed) return fail(4, `Cannot read device ${device.path}.`)
  if (device.luks?.keys.includes(key)) return undefined
  return fail(2, 'No key available with this passphrase.')
}

function close({ machine }: Call, _: Options, [name = '']: readonly string[]): Output {
  const mapping = machine.crypts.get(name)
  if (!mapping) return fail(4, `Device ${name} is not active.`)
  if (mapping.luks.inner.openers.size > 0) return fail(5, `Device ${name} is still in use.`)
  mapping.below.openers.delete(openerOf(name))
  machine.crypts.delete(name)
  return ok()
}

function resize(call: Call, given: Options, [name = '']: readonly string[]): Output {
  const mapping = call.machine.crypts.get(name)
  if (!mapping) return fail(4, `Device ${name} is not active.`)
  const refused = refuseKey(mapping.below, call.stdin)
  if (refused) return refused
  const sectors = Number(option(given, '-b') ?? 0)
  const { luks, below } = mapping
  luks.inner.sizeKib = sectors > 0 ? sectors / 2 : below.sizeKib - luks.headerKib
  return ok()
}

function refresh(call: Call, given: Options, [name = '']: readonly string[]): Output {
  const mapping = call.machine.crypts.get(name)
  if (!mapping) return fail(4, `Device ${name} is not active.`)
  const refused = refuseKey(mapping.below, call.stdin)
  if (refused) return refused
  const allowsDiscards = given.values.has('--allow-discards')
  call.machine.crypts.set(name, { ...mapping, allowsDiscards })
  return ok()
}

/** Without a key file: the old passphrase, the new one, and the new one again, a line each. */
function changeKey({ machine, stdin }: Call, _: Options, [path = '']: readonly string[]): Output {
  const device = findDevice(machine, path)
  if (!device) return notThere(path)
  if (!device.luks) return notLuks(path)
  const [old = '', fresh = '', again = fresh] = stdin.split('\n')
  const refused = refuseKey(device, old)
  if (refused) return refused
  if (fresh === '' || fresh !== again) return fail(2, 'Passphrases do not match.')
  device.luks.keys = device.luks.keys.map((key) => (key === old ? fresh : key))
  return ok()
}

function erase({ machine }: Call, _: Options, [path = '']: readonly string[]): Output {
  const device = findDevice(machine, path)
  if (!device) return notThere(path)
  if (!device.luks) return notLuks(path)
  device.luks.keys = []
  return ok()
}
