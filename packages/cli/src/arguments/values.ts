/** Texts of the command line → values; a text that cannot be read names the nearest that could. */
import { nearestOf, type Provider, parseSizeKib, unbuiltProvider } from '@varve/events'
import { UserError } from '../session.ts'

const unitLetters = ['K', 'M', 'G', 'T', 'P', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `10G` → KiB. A bare number is refused: nobody can know which unit was meant. */
export function readSize(text: string): number {
  const kib = parseSizeKib(text)
  if (/^\s*0+\s*$/.test(text)) throw new UserError('A size of 0 is none: the least is 4K.')
  if (/^\s*\d+\s*$/.test(text)) {
    throw new UserError(
      `${text.trim()} has no unit: write ${text.trim()}G, or ${text.trim()}K for KiB.`,
    )
  }
  if (kib !== undefined) return kib
  const [, amount, unit = ''] = /^\s*([\d.,]*)\s*(\S*)/.exec(text) ?? []
  const number = amount?.replace(',', '.').replace(/^\.|\.$/g, '') || '10'
  const nearest = nearestOf(unit, unitLetters) ?? 'G'
  throw new UserError(`${JSON.stringify(text)} is not a size. Did you mean ${number}${nearest}?`)
}

const providers: Readonly<Record<string, Provider>> = {
  lvm: 'LVM',
  'lvm-thin': 'LVM_THIN',
  lvmthin: 'LVM_THIN',
  zfs: 'ZFS',
  'zfs-thin': 'ZFS_THIN',
  zfsthin: 'ZFS_THIN',
  file: 'FILE',
  'file-thin': 'FILE_THIN',
  filethin: 'FILE_THIN',
  diskless: 'DISKLESS',
}

export function readProvider(text: string): Provider {
  const word = text.toLowerCase().replaceAll('_', '-')
  const provider = providers[word]
  if (provider) return provider
  const instead = unbuiltProvider(text)
  if (instead !== undefined) throw new UserError(`${instead}.`)
  const known = ['lvm', 'lvm-thin', 'zfs', 'zfs-thin', 'file', 'file-thin', 'diskless']
  const nearest = nearestOf(word, known)
  const hint = nearest === undefined ? `Known are ${known.join(', ')}.` : `Did you mean ${nearest}?`
  throw new UserError(`There is no storage provider ${text}. ${hint}`)
}

/** A plain number; `flag` is named when it is none. */
export function readNumber(flag: string, text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number)) return number
  throw new UserError(`--${flag}: ${JSON.stringify(text)} is not a number.`)
}

/** `key=value`; the value may hold further equals signs, and may be empty. */
export function readPair(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at <= 0) throw new UserError(`${JSON.stringify(text)} is not of the form key=value.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** Placement rules compare free properties; as with LINSTOR's client the `Aux/` may be left out. */
export function withAux(key: string): string {
  return key.startsWith('Aux/') ? key : `Aux/${key}`
}
