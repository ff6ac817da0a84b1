/** drbdmeta: metadata on devices that the module has not attached. */

import type { BlockDevice } from '../block.ts'
import { findDevice } from '../devices.ts'
import { readText } from '../files.ts'
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
import { dumpMetadata, restoreMetadata } from './dump.ts'
import { deviceOfMinor } from './lookup.ts'
import { createMetadata, emptyBitmap, printGi, readGi, zero } from './metadata.ts'

const table = optionTable(
  '-f|--force',
  '-V|--verbose',
  '--node-id=',
  '-w|--ignore-sanity-checks',
  '--al-stripes=',
  '--al-stripe-size-kB=',
  '--bitmap-block-size=',
  '--effective-size=',
  '--diskful-peers=',
)

type Target = {
  readonly call: Call
  readonly device: BlockDevice
  readonly path: string
  readonly version: 'v08' | 'v09'
  readonly external: boolean
  readonly nodeId: number
  readonly options: Options
  readonly args: readonly string[]
}

type Command = { readonly takesNode: boolean; readonly run: (target: Target) => Output }

const noMetadata = fail(255, 'No valid meta data found')

const commands: Readonly<Record<string, Command>> = {
  'create-md': { takesNode: false, run: createMd },
  'get-gi': { takesNode: true, run: (target) => getGi(target) },
  'show-gi': { takesNode: true, run: (target) => getGi(target) },
  'set-gi': { takesNode: true, run: setGi },
  'dump-md': { takesNode: false, run: dump },
  'restore-md': { takesNode: false, run: restore },
  'wipe-md': { takesNode: false, run: wipe },
  'check-resize': { takesNode: false, run: () => ok() },
  'apply-al': { takesNode: false, run: ({ device }) => (device.drbd ? ok() : noMetadata) },
  'forget-peer': { takesNode: true, run: forget },
  dstate: {
    takesNode: false,
    run: ({ device }) => (device.drbd ? ok(`${diskState(device)}/DUnknown\n`) : noMetadata),
  },
  outdate: { takesNode: false, run: outdate },
}

export function drbdmeta(call: Call): Output {
  const options = readOptions(call.args, table)
  if (options.unknown) return fail(20, `drbdmeta: unrecognized option '${options.unknown}'`)
  const [minor = '', version = '', path = '', kind = '', name = '', ...args] = options.words
  const command = commands[name]
  if (!command) return fail(20, `Unknown command '${name}'.`)
  if (version !== 'v08' && version !== 'v09') return fail(20, `Unknown format '${version}'.`)
  if (kind !== 'internal' && kind !== 'flex-external') return fail(20, `Unknown index '${kind}'.`)
  const node = option(options, '--node-id')
  if (node !== undefined && !command.takesNode) {
    return fail(10, `The ${name} command does not accept the --node-id option`)
  }
  if (node === undefined && command.takesNode && version === 'v09' && name !== 'forget-peer') {
    return fail(10, `The ${name} command requires the --node-id option`)
  }
  if (deviceOfMinor(call.machine.kernel, minor)?.backing) {
    return fail(20, `Device '${minor}' is configured!`)
  }
  const device = findDevice(call.machine, path)
  if (!device) return fail(20, `open(${path}) failed: No such file or directory`)
  const external = kind === 'flex-external'
  if (device.drbd && name !== 'create-md' && device.drbd.version !== version) return fail(1, '')
  return command.run({
    call,
    device,
    path,
    version,
    external,
    nodeId: Number(node ?? 0),
    options,
    args,
  })
}

const confirmed = '*** confirmation forced via --force option ***\n'
const cancelled = 'stdin not a TTY, not waiting for confirmation\n'

function createMd({ device, path, version, external, options, args }: Target): Output {
  const force = options.values.has('-f')
  const kind = `flexible-size ${external ? 'external' : 'internal'} meta data block`
  let stderr = ''
  if (device.drbd) {
    const offset = external ? 0 : device.sizeKib * 1024 - 4096
    stderr += `You want me to create a ${version} style ${kind}.\nThere appears to be a ${device.drbd.version} ${kind}\nalready in place on ${path} at byte offset ${offset}\n\nDo you really want to overwrite the existing meta-data?\n`
    if (!force) return fail(1, `${stderr}${cancelled}`, 'Operation cancelled.\n')
    stderr += confirmed
  }
  const found = device.signatures.length > 0 || device.content.get(0)?.startsWith('fs:')
  let stdout = ''
  if (found) {
    stdout += '\nFound some data\n\n ==> This might destroy existing data! <==\n'
    stderr += '\nDo you want to proceed?\n'
    if (!force) return fail(1, `${stderr}${cancelled}`, `${stdout}Operation cancelled.\n`)
    stderr += confirmed
  }
  const peers = version === 'v08' ? 1 : Number(args[0] ?? 1)
  if (!Number.isInteger(peers) || peers < 1 || peers > 31)
    return fail(10, `drbdmeta: ${args[0]} is not a valid number of peers`)
  device.drbd = createMetadata(version, external, peers)
  const bitmapKib = Math.ceil(((device.sizeKib / 4 / 8 / 1024) * peers) / 4) * 4 || 4
  stderr += `initializing bitmap (${bitmapKib} KB) to all zero\n`
  stdout +=
    'initializing activity log\nWriting meta data...\nNew drbd meta data block successfully created.\n'
  return ok(stdout, stderr)
}

/** No metadata: exit code 1 and not a word, as the real one does for get-gi. */
function getGi({ device, nodeId }: Target): Output {
  return device.drbd ? ok(`${printGi(device.drbd, nodeId)}\n`) : fail(1, '')
}

function setGi({ device, nodeId, options, args }: Target): Output {
  if (!device.drbd) return noMetadata
  const before = printGi(device.drbd, nodeId)
  if (!options.values.has('-f'))
    return fail(1, `\nWrite new GI to disk?\n${cancelled}`, 'Operation cancelled.\n')
  if (!readGi(device.drbd, nodeId, args[0] ?? '')) return fail(10, `'${args[0]}' is not a valid GI`)
  return ok(
    `previously ${before}\nset GI to  ${printGi(device.drbd, nodeId)}\n`,
    `\nWrite new GI to disk?\n${confirmed}`,
  )
}

function dump(target: Target): Output {
  const { device, call, path, version, external } = target
  if (!device.drbd) return noMetadata
  const minor = target.options.words[0] ?? ''
  const command = `drbdmeta ${minor} ${version} ${path} ${external ? 'flex-external' : 'internal'} dump-md`
  return ok(dumpMetadata(device.drbd, device, call.machine, command))
}

function restore({ device, call, version, external, options, args }: Target): Output {
  const text = readText(call.machine, args[0] ?? '')
  if (text === undefined) return fail(20, `open(${args[0]}) failed: No such file or directory`)
  if (device.drbd && !options.values.has('-f')) {
    return fail(
      1,
      `Valid meta-data already in place, create new?\n${cancelled}`,
      'Operation cancelled.\n',
    )
  }
  const md = restoreMetadata(text, version, external)
  if (!md) return fail(10, 'Parse error while restoring meta data: no valid dump')
  device.drbd = md
  return ok('Successfully restored meta data\n')
}

function wipe({ device, options }: Target): Output {
  if (!device.drbd) return fail(1, 'There appears to be no drbd meta data to wipe out?')
  if (!options.values.has('-f'))
    return fail(
      1,
      `\nDo you really want to wipe out the DRBD meta data?\n${cancelled}`,
      'Operation cancelled.\n',
    )
  device.drbd = undefined
  return ok(
    'Wiping meta data...\nDRBD meta data block successfully wiped out.\n',
    `\nDo you really want to wipe out the DRBD meta data?\n${confirmed}`,
  )
}

function forget({ device, nodeId, args }: Target): Output {
  if (!device.drbd) return noMetadata
  const slot = device.drbd.slots.get(Number(args[0] ?? nodeId))
  if (slot) {
    slot.uuid = zero
    slot.bitmap = emptyBitmap()
  }
  return ok()
}

function outdate({ device }: Target): Output {
  if (!device.drbd) return noMetadata
  device.drbd.upToDate = false
  return ok()
}

function diskState(device: BlockDevice): string {
  const md = device.drbd
  return md?.consistent ? (md.upToDate ? 'Consistent' : 'Outdated') : 'Inconsistent'
}
