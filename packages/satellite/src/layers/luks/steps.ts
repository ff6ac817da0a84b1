/**
 * Commands of the LUKS layer. Keys reach cryptsetup over standard input, unsealed at the moment it
 * is started; a step holds what is sealed. Nothing here formats but `formatSteps`, which is planned
 * for backing objects that are still marked as new.
 */
import { type DesiredLuks, type DesiredStorage, luksContext } from '@varve/events'
import type { CryptMapping } from '../../core/inventory.ts'
import { run, type Step, write } from '../../core/step.ts'
import { headerUuid, mappingDevice, mappingName, rekeyedPath } from './names.ts'

export const tableArgv = ['dmsetup', 'table', '--target', 'crypt'] as const
export const infoArgv = [
  'dmsetup',
  'info',
  '--columns',
  '--noheadings',
  '--separator',
  '|',
  '--options',
  'name,uuid',
] as const

/** One encrypted volume: what is desired of it, and the device that its header is on. */
export type LuksVolume = {
  readonly resource: string
  readonly number: number
  readonly luks: DesiredLuks
  readonly storage: DesiredStorage
}

/** Argon2 with more memory than this may fail on small machines (reference: satellite 5). */
const pbkdfMemoryKib = '262144'

/** A random key of 256 bits cannot be guessed, so there is no use in making guesses expensive. */
const randomKeyOptions = ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'] as const

/** How slowly a key slot is opened: the user's own words on it, or what suits the kind of key. */
function derivation(luks: DesiredLuks): string[] {
  const own = luks.formatOptions
  const given = own.flatMap((word, at) => {
    if (!/^--(pbkdf|pbkdf-force-iterations|pbkdf-parallel|iter-time)(=|$)/.test(word)) return []
    return word.includes('=') ? [word] : [word, own[at + 1] ?? '']
  })
  if (given.length > 0) return [...given, '--pbkdf-memory', pbkdfMemoryKib]
  return luks.hasRandomKey ? [...randomKeyOptions] : ['--pbkdf-memory', pbkdfMemoryKib]
}

function ownFormatOptions(luks: DesiredLuks): string[] {
  const ours = ['--pbkdf-memory', '--type', '--uuid', '--key-file']
  const derived = ['--pbkdf', '--pbkdf-force-iterations', '--pbkdf-parallel', '--iter-time']
  return without(luks.formatOptions, [...ours, ...derived])
}

export function formatSteps(volume: LuksVolume, device: string): Step[] {
  const { luks, storage } = volume
  const own = ownFormatOptions(luks)
  return withKey(volume, (stdin) => [
    run(
      'luksFormat',
      [
        'cryptsetup',
        '--batch-mode',
        'luksFormat',
        '--type',
        'luks2',
        '--uuid',
        headerUuid(storage.owner, storage.name),
        ...derivation(luks),
        ...own,
        '--key-file',
        '-',
        device,
      ],
      `${device} is new and shall be encrypted`,
      { stdin },
    ),
  ])
}

/**
 * Old key out, new key in. It may have been done before a crash, so what counts is that the new
 * one opens the header; then a file says so, since the header itself cannot be asked in passing.
 */
export function rekeySteps(volume: LuksVolume, device: string): Step[] {
  const { resource, number, luks, storage } = volume
  const { key, previous } = luks
  if (previous?.key.state !== 'sealed' || key.state !== 'sealed') return []
  const context = luksContext(resource, number)
  const [old, fresh] = [previous.key, key].map(({ sealed }) => ({ sealed, context }))
  if (!old || !fresh) return []
  return [
    run(
      'luksChangeKey',
      ['cryptsetup', '--batch-mode', 'luksChangeKey', ...derivation(luks), device],
      `${device} shall have another key`,
      // Old, new, and new once more, for versions that ask twice.
      { stdinLines: [old, fresh, fresh], mayFail: true },
    ),
    run(
      'luksTestKey',
      ['cryptsetup', 'open', '--test-passphrase', '--type', 'luks', '--key-file', '-', device],
      `${device} must open with its new key`,
      { stdin: fresh },
    ),
    write(rekeyedPath(storage.name), `${previous.change}\n`, `${device} has its new key`),
  ]
}

/** Must open with its key first; then it gets the UUID that says whose it is (names.ts). */
export function adoptSteps(volume: LuksVolume, device: string): Step[] {
  const { owner, name } = volume.storage
  const why = `${device} begins as a snapshot, whose header has the name of its source`
  const uuid = ['--uuid', headerUuid(owner, name)]
  return withKey(volume, (stdin) => [
    run(
      'luksTestKey',
      ['cryptsetup', 'open', '--test-passphrase', '--type', 'luks', '--key-file', '-', device],
      `${device} begins as a snapshot, so its header must open with the key of then`,
      { stdin },
    ),
    run('luksUUID', ['cryptsetup', '--batch-mode', 'luksUUID', ...uuid, device], why),
  ])
}

export function openSteps(volume: LuksVolume, device: string): Step[] {
  const { luks, storage } = volume
  const own = without(
    luks.openOptions,
    ['--tries', '-T', '--key-file', '-d', '--type'],
    ['--readonly', '-r'],
  )
  return withKey(volume, (stdin) => [
    run(
      'luksOpen',
      [
        'cryptsetup',
        'open',
        '--type',
        'luks',
        ...own,
        ...(luks.allowDiscards ? ['--allow-discards'] : []),
        '--key-file',
        '-',
        device,
        mappingName(storage.name),
      ],
      `${device} is encrypted and not open`,
      { stdin },
    ),
  ])
}

/** LUKS2 keeps the key in the kernel's ring, so the kernel has to be given it once more. */
export function growSteps(volume: LuksVolume, mapping: CryptMapping, deviceKib: number): Step[] {
  if (!isTooSmall(mapping, deviceKib)) return []
  return withKey(volume, (stdin) => [
    run(
      'luksResize',
      ['cryptsetup', 'resize', '--key-file', '-', mapping.name],
      `${mappingDevice(volume.storage.name)} has ${mapping.sizeKib} KiB on a device of ${deviceKib} KiB`,
      { stdin },
    ),
  ])
}

/** Whether discards reach the storage is changed while it is in use: its table is loaded anew. */
export function discardSteps(volume: LuksVolume, mapping: CryptMapping): Step[] {
  const { luks, storage } = volume
  const isWanted = luks.allowDiscards || luks.openOptions.includes('--allow-discards')
  // What users have made lasting in the header is theirs to change.
  if (isWanted === mapping.allowsDiscards || luks.openOptions.includes('--persistent')) return []
  const own = luks.openOptions.filter((word) => word.startsWith('--perf-'))
  const how = isWanted ? ['--allow-discards'] : []
  const why = `discards ${isWanted ? 'shall' : 'shall not'} reach the storage of ${storage.name}`
  return withKey(volume, (stdin) => [
    run(
      'luksRefresh',
      ['cryptsetup', 'refresh', ...own, ...how, '--key-file', '-', mapping.name],
      why,
      { stdin },
    ),
  ])
}

/** To so many KiB behind its header, before its device becomes smaller. */
export function shrinkMappingSteps(
  volume: LuksVolume,
  mapping: CryptMapping,
  sizeKib: number,
): Step[] {
  return withKey(volume, (stdin) => [
    run(
      'luksResize',
      ['cryptsetup', 'resize', '--size', `${sizeKib * 2}`, '--key-file', '-', mapping.name],
      `${mappingDevice(volume.storage.name)} has ${mapping.sizeKib} KiB, and shall have ${sizeKib}`,
      { stdin },
    ),
  ])
}

/** A mapping ends with a whole encryption sector: the last few KiB of a device may be left over. */
const largestSectorKib = 4

export function isTooSmall(mapping: CryptMapping, deviceKib: number): boolean {
  return deviceKib - mapping.offsetKib - mapping.sizeKib >= largestSectorKib
}

export function closeSteps(storage: DesiredStorage): Step[] {
  const name = mappingName(storage.name)
  const why = `${mappingDevice(storage.name)} is not wanted any more`
  return [run('luksClose', ['cryptsetup', 'close', name], why)]
}

/**
 * Destroys the key slots, so that what the freed blocks still hold can never be read. It may fail:
 * a device that was never formatted has none.
 */
export function eraseSteps(device: string): Step[] {
  return [
    run(
      'luksErase',
      ['cryptsetup', '--batch-mode', 'erase', device],
      `${device} is about to be removed: without its key slots nobody can read what it held`,
      { mayFail: true },
    ),
  ]
}

/** Nothing without a key: whoever plans says why there is none. */
function withKey(
  { resource, number, luks }: LuksVolume,
  steps: (stdin: { readonly sealed: string; readonly context: string }) => Step[],
): Step[] {
  if (luks.key.state !== 'sealed') return []
  return steps({ sealed: luks.key.sealed, context: luksContext(resource, number) })
}

/** A user's words without the options that are ours to give. */
function without(
  words: readonly string[],
  valued: readonly string[],
  flags: readonly string[] = [],
): string[] {
  const kept: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const [name = word] = word.split('=')
    if (flags.includes(word)) continue
    if (!valued.includes(name)) kept.push(word)
    else if (name === word) at += 1
  }
  return kept
}
