/**
 * Further arguments that users give to `lvcreate`, `zfs create` and what takes snapshots. What is accepted is listed, not
 * what is refused: whoever could name, tag, size or activate the object by them would make one that
 * Varve does not know as its own, and both tools take abbreviations of what is forbidden.
 */

export type CreationTool =
  | 'lvcreate'
  | 'lvcreate --snapshot'
  | 'lvcreate --type thin-pool'
  | 'pvcreate'
  | 'vgcreate'
  | 'zfs create'
  | 'zfs snapshot'
  | 'zpool create'

export type CreationOptions =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly problem: string }

/** Both spellings of an option; `value`: which of its values are accepted, absent: it has none. */
type Option = {
  readonly names: readonly string[]
  readonly value?: (text: string) => boolean
}

const any = () => true
const valued = (...names: string[]): Option => ({ names, value: any })
const flag = (...names: string[]): Option => ({ names })

/** lvcreate(8): what can be said of any volume. */
const volumeOptions: readonly Option[] = [
  valued('-r', '--readahead'),
  valued('-A', '--autobackup'),
  valued('--metadataprofile'),
  valued('--monitor'),
  valued('--setautoactivation'),
  // Tags of ours say whose the volume is, and whether anybody has used it.
  { names: ['--addtag'], value: (tag) => !tag.replace(/^@/, '').startsWith('varve') },
  flag('-y', '--yes'),
  flag('-q', '--quiet'),
  flag('-v', '--verbose'),
]

/** And its layout, which a snapshot has from its source. */
const lvcreateOptions: readonly Option[] = [
  ...volumeOptions,
  valued('-i', '--stripes'),
  valued('-I', '--stripesize'),
  valued('-m', '--mirrors'),
  valued('-R', '--regionsize'),
  valued('-C', '--contiguous'),
  valued('--alloc'),
  valued('--minrecoveryrate'),
  valued('--maxrecoveryrate'),
  valued('--raidintegrity'),
  valued('--raidintegritymode'),
  valued('--raidintegrityblocksize'),
  flag('--nosync'),
]

/** zfsprops(7): those of volumes that change nothing of what Varve relies on. */
const zfsProperties: ReadonlySet<string> = new Set([
  'volblocksize',
  'compression',
  'checksum',
  'copies',
  'dedup',
  'logbias',
  'primarycache',
  'secondarycache',
  'redundant_metadata',
  'sync',
  'volthreading',
])

/** `name=value`; the names of users have a colon. */
function isUserProperty(text: string): boolean {
  const name = text.split('=')[0] ?? ''
  return text.includes('=') && name.includes(':') && !name.startsWith('io.varve:')
}

const isZfsProperty = (text: string): boolean =>
  isUserProperty(text) || (text.includes('=') && zfsProperties.has(text.split('=')[0] ?? ''))

const zfsOptions: readonly Option[] = [
  valued('-b'),
  { names: ['-o'], value: isZfsProperty },
  flag('-p'),
]

/** pvcreate(8): its layout. Neither --yes nor --force: what is found on a disk stays. */
const pvcreateOptions: readonly Option[] = [
  valued('--dataalignment'),
  valued('--dataalignmentoffset'),
  valued('--metadatasize'),
  valued('--pvmetadatacopies'),
  valued('--metadataignore'),
  valued('--bootloaderareasize'),
]

/** vgcreate(8). */
const vgcreateOptions: readonly Option[] = [
  valued('-s', '--physicalextentsize'),
  valued('-l', '--maxlogicalvolumes'),
  valued('-p', '--maxphysicalvolumes'),
  valued('--vgmetadatacopies'),
  valued('--alloc'),
  valued('--setautoactivation'),
  { names: ['--addtag'], value: (tag) => !tag.replace(/^@/, '').startsWith('varve') },
]

/** lvcreate(8) and lvmthin(7): what a thin pool has besides its size. */
const thinPoolOptions: readonly Option[] = [
  ...lvcreateOptions,
  valued('-c', '--chunksize'),
  valued('-Z', '--zero'),
  valued('--poolmetadatasize'),
  valued('--poolmetadataspare'),
  valued('--discards'),
  valued('--errorwhenfull'),
]

/** zpoolprops(7): how it is laid out, not where it is mounted, imported or kept note of. */
const zpoolProperties: ReadonlySet<string> = new Set([
  'ashift',
  'autoexpand',
  'autoreplace',
  'autotrim',
  'comment',
  'compatibility',
  'failmode',
])

/** zfsprops(7), of the root dataset: what volumes inherit. */
const rootProperties: ReadonlySet<string> = new Set([
  ...[...zfsProperties].filter((name) => name !== 'volblocksize'),
  'acltype',
  'atime',
  'dnodesize',
  'relatime',
  'xattr',
])

const isOneOf = (names: ReadonlySet<string>) => (text: string) =>
  text.includes('=') && names.has(text.split('=')[0] ?? '')

const zpoolOptions: readonly Option[] = [
  { names: ['-o'], value: isOneOf(zpoolProperties) },
  { names: ['-O'], value: (text) => isUserProperty(text) || isOneOf(rootProperties)(text) },
  flag('-d'),
]

const accepted: Readonly<Record<CreationTool, readonly Option[]>> = {
  lvcreate: lvcreateOptions,
  'lvcreate --snapshot': volumeOptions,
  'lvcreate --type thin-pool': thinPoolOptions,
  pvcreate: pvcreateOptions,
  vgcreate: vgcreateOptions,
  'zpool create': zpoolOptions,
  'zfs create': zfsOptions,
  'zfs snapshot': [{ names: ['-o'], value: isUserProperty }],
}

/** Physical volumes, with extents: `/dev/sdb`, `/dev/sdb:0-99`. zfs create takes none. */
const physicalVolume = /^\/dev\/[A-Za-z0-9_./+-]+(:\d+(-\d+)?)*$/

/** The words of the text, each judged; or the first that is not accepted, as a sentence part. */
export function readCreationOptions(tool: CreationTool, text: string): CreationOptions {
  const words = splitWords(text)
  if (!words) return { ok: false, problem: 'a quotation mark or a backslash is not ended' }
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (tool === 'lvcreate' && physicalVolume.test(word)) continue
    const read = readOption(accepted[tool], word, words[at + 1])
    if (read === undefined) {
      const problem = `${JSON.stringify(word)} is not among the options of ${tool} that Varve passes on`
      return { ok: false, problem }
    }
    at += read
  }
  return { ok: true, words }
}

/** How many words after it belong to it; undefined: it is not accepted. */
function readOption(
  options: readonly Option[],
  word: string,
  next: string | undefined,
): 0 | 1 | undefined {
  const isLong = word.startsWith('--')
  const equals = isLong ? word.indexOf('=') : -1
  const name = equals > 0 ? word.slice(0, equals) : isLong ? word : word.slice(0, 2)
  const option = options.find(({ names }) => names.includes(name))
  if (!option) return undefined
  const joined = equals > 0 ? word.slice(equals + 1) : isLong ? '' : word.slice(2)
  if (!option.value) return joined === '' && equals < 0 ? 0 : undefined
  const value = joined === '' ? next : joined
  if (value === undefined || value.startsWith('-') || !option.value(value)) return undefined
  return joined === '' ? 1 : 0
}

/** What is accepted, as the end of a sentence. */
export function describeCreationOptions(tool: CreationTool): string {
  const names = accepted[tool].map((option) => option.names.at(-1)).join(', ')
  const more = tool === 'lvcreate' ? ' and paths of physical volumes' : ''
  return `options of ${tool} among ${names}${more}, which leave the name, the size and the marks alone`
}

/**
 * Words as a shell would split them, without ever asking one: white space parts them, quotation
 * marks and backslashes keep it together. Undefined: something is not ended.
 */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? ''
    const isEscape = letter === '\\' && quote !== "'"
    if (isEscape) {
      at += 1
      if (at >= text.length) return undefined
      word = `${word ?? ''}${text[at]}`
    } else if (quote !== undefined) {
      if (letter === quote) quote = undefined
      else word = `${word ?? ''}${letter}`
    } else if (letter === '"' || letter === "'") {
      quote = letter
      word ??= ''
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = `${word ?? ''}${letter}`
  }
  if (quote !== undefined) return undefined
  return word === undefined ? words : [...words, word]
}
