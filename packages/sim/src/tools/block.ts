/** wipefs, blockdev, blkid, lsblk, mkfs: the tools that look at block devices. */
import { type BlockDevice, type Signature, signaturesOf, wipeSignatures } from '../block.ts'
import { findDevice, listDevices } from '../devices.ts'
import { readProblem } from '../drbd/open.ts'
import { isClaimed } from '../lvm/group.ts'
import { type Call, fail, type Output, ok, option, optionTable, readOptions } from '../tool.ts'

const wipefsOptions = optionTable(
  '-a|--all',
  '-q|--quiet',
  '-f|--force',
  '-n|--no-act',
  '-t|--types=',
  '-J|--json',
)

export function wipefs(call: Call): Output {
  const options = readOptions(call.args, wipefsOptions)
  if (options.unknown) return fail(1, `wipefs: unrecognized option '${options.unknown}'`)
  let stdout = ''
  const listed: (Signature & { path: string })[] = []
  for (const path of options.words) {
    const device = findDevice(call.machine, path)
    if (!device) {
      return fail(
        1,
        `wipefs: error: ${path}: probing initialization failed: No such file or directory`,
      )
    }
    const problem = readProblem(call.machine, path)
    if (problem) {
      return fail(1, `wipefs: error: ${path}: probing initialization failed: ${problem}`)
    }
    const found = signaturesOf(device)
    if (!options.values.has('-a')) {
      listed.push(...found.map((each) => ({ path, ...each })))
      if (!options.values.has('-J')) stdout += signatureTable(path, found)
      continue
    }
    const isInUse = device.openers.size > 0 || isClaimed(call.machine, device.path)
    if (isInUse && !options.values.has('-f')) {
      return fail(
        1,
        `wipefs: error: ${path}: probing initialization failed: Device or resource busy`,
      )
    }
    for (const each of found) {
      const bytes = each.magic.split(' ').length
      stdout += `${path}: ${bytes} bytes were erased at offset 0x${each.offset.toString(16).padStart(8, '0')} (${each.type}): ${each.magic}\n`
    }
    if (!options.values.has('-n')) wipeSignatures(device)
  }
  if (options.values.has('-J')) return ok(signatureJson(listed))
  return ok(options.values.has('-q') ? '' : stdout)
}

const hex = (value: number) => `0x${value.toString(16)}`

function signatureTable(path: string, found: readonly Signature[]): string {
  if (found.length === 0) return ''
  const name = path.split('/').at(-1) ?? ''
  const rows = [
    ['DEVICE', 'OFFSET', 'TYPE', 'UUID', 'LABEL'],
    ...found.map((each) => [name, hex(each.offset), each.type, each.uuid, '']),
  ]
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows
    .map(
      (row) =>
        `${row.map((cell, at) => cell.padEnd(at === 4 && row[0] !== 'DEVICE' ? 0 : (widths[at] ?? 0))).join(' ')}\n`,
    )
    .join('')
}

function signatureJson(found: readonly (Signature & { readonly path: string })[]): string {
  const list = found.map((each) => ({
    device: each.path.split('/').at(-1) ?? '',
    offset: hex(each.offset),
    type: each.type,
    uuid: each.uuid === '' ? null : each.uuid,
    label: null,
  }))
  return `${JSON.stringify({ signatures: list }, null, 3)}\n`
}

export function blockdev(call: Call): Output {
  const questions = call.args.filter((arg) => arg.startsWith('-'))
  const path = call.args.find((arg) => !arg.startsWith('-')) ?? ''
  const device = findDevice(call.machine, path)
  if (!device) return fail(1, `blockdev: cannot open ${path}: No such file or directory`)
  const answers: Readonly<Record<string, string>> = {
    '--getsize64': `${device.sizeKib * 1024}`,
    '--getsz': `${device.sizeKib * 2}`,
    '--getss': '512',
    '--getpbsz': '512',
    '--getro': '0',
    '--flushbufs': '',
    '--rereadpt': '',
  }
  const unknown = questions.find((each) => answers[each] === undefined)
  if (unknown) return fail(1, `blockdev: Unknown command: ${unknown}`)
  return ok(questions.map((each) => (answers[each] ? `${answers[each]}\n` : '')).join(''))
}

const blkidOptions = optionTable(
  '-o|--output=',
  '-p|--probe',
  '-s|--match-tag=',
  '-c|--cache-file=',
)

export function blkid(call: Call): Output {
  const options = readOptions(call.args, blkidOptions)
  if (options.unknown) return fail(4, `blkid: unrecognized option '${options.unknown}'`)
  let stdout = ''
  for (const path of options.words) {
    const device = findDevice(call.machine, path)
    // One that cannot be opened is passed over without a word, as one that is empty is.
    const isReadable = device && readProblem(call.machine, path) === undefined && !device.failed
    const first = isReadable && signaturesOf(device)[0]
    if (!first) continue
    const pairs = [
      ['DEVNAME', path],
      ...(first.uuid === ''
        ? []
        : [
            ['UUID', first.uuid],
            ['BLOCK_SIZE', device.sizeKib < 512 * 1024 ? '1024' : '4096'],
          ]),
      ['TYPE', first.type],
    ]
    const wanted = option(options, '-s')
    if (option(options, '-o') === 'value') {
      stdout += pairs
        .filter(([key]) => (wanted ? key === wanted : key !== 'DEVNAME'))
        .map(([, value]) => `${value}\n`)
        .join('')
    } else stdout += pairs.map(([key, value]) => `${key}=${value}\n`).join('')
  }
  return stdout === '' ? fail(2, '') : ok(stdout)
}

const lsblkOptions = optionTable(
  '-P|--pairs',
  '-b|--bytes',
  '-p|--paths',
  '-n|--noheadings',
  '-d|--nodeps',
  '-o|--output=',
  '-J|--json',
  '-a|--all',
  '-r|--raw',
  '-e|--exclude=',
)

const tables: ReadonlySet<string> = new Set(['gpt', 'dos'])

export function lsblk(call: Call): Output {
  if (call.args.includes('--version')) return ok('lsblk from util-linux 2.38.1\n')
  const options = readOptions(call.args, lsblkOptions)
  if (options.unknown) return fail(1, `lsblk: unrecognized option '${options.unknown}'`)
  const all = listDevices(call.machine)
  const wanted = options.words.map((word) => {
    const device = findDevice(call.machine, word)
    return device && { device, parent: '', path: word }
  })
  const missing = wanted.indexOf(undefined)
  if (missing >= 0) return fail(32, `lsblk: ${options.words[missing]}: not a block device`)
  const excluded = (option(options, '-e') ?? '1').split(',').map(Number)
  const shown = all.filter(({ device, parent }) => parent || !excluded.includes(device.major))
  const rows = (options.words.length > 0 ? wanted.flatMap((each) => each ?? []) : shown).map(
    (each) => ({
      NAME: each.path,
      KNAME: each.path,
      PATH: each.path,
      SIZE: `${each.device.sizeKib * 1024}`,
      PKNAME: each.parent,
      ROTA: each.device.hardware?.rotational ? '1' : '0',
      TYPE: each.device.type,
      FSTYPE: typesOf(each.device).find((type) => !tables.has(type)) ?? '',
      PTTYPE: typesOf(each.device).find((type) => tables.has(type)) ?? '',
      'MAJ:MIN': `${each.device.major}:${each.device.minor}`,
      LABEL: signaturesOf(each.device)[0]?.label ?? '',
      MODEL: each.device.hardware?.model ?? '',
      SERIAL: each.device.hardware?.serial ?? '',
      WWN: each.device.hardware?.wwn ?? '',
      STATE: each.device.type === 'lvm' ? 'running' : '',
      MOUNTPOINT: call.machine.mounts.get(each.path) ?? '',
      RO: '0',
      'DISC-GRAN': each.device.type === 'lvm' ? '65536' : '512',
      'DISC-MAX': '4294966784',
    }),
  )
  const columns = (option(options, '-o') ?? 'NAME,MAJ:MIN,SIZE,RO,TYPE,MOUNTPOINT')
    .toUpperCase()
    .split(',')
  const cell = (row: Readonly<Record<string, string>>, column: string) => row[column] ?? ''
  if (options.values.has('-P')) {
    return ok(
      rows
        .map((row) => `${columns.map((name) => `${name}="${cell(row, name)}"`).join(' ')}\n`)
        .join(''),
    )
  }
  if (options.values.has('-J')) {
    const asJson = (row: (typeof rows)[number]): object => {
      const below = rows.filter(({ PKNAME }) => PKNAME === row.PATH)
      const cells = columns.map((name) => [name.toLowerCase(), jsonCell(name, cell(row, name))])
      return {
        ...Object.fromEntries(cells),
        ...(below.length === 0 ? {} : { children: below.map(asJson) }),
      }
    }
    const list = rows.filter(({ PKNAME }) => PKNAME === '').map(asJson)
    return ok(`${JSON.stringify({ blockdevices: list }, null, 3)}\n`)
  }
  const heading = options.values.has('-n') ? '' : `${columns.join(' ')}\n`
  return ok(
    heading + rows.map((row) => `${columns.map((name) => cell(row, name)).join(' ')}\n`).join(''),
  )
}

const typesOf = (device: BlockDevice) => signaturesOf(device).map(({ type }) => type)

function jsonCell(column: string, text: string): string | number | boolean | null {
  if (column === 'SIZE') return Number(text)
  if (column === 'ROTA' || column === 'RO') return text === '1'
  return text === '' ? null : text
}
