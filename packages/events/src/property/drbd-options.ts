/**
 * DRBD options among the properties: which section of the configuration file an option belongs to
 * and how its value is written there (reference 3.1).
 */
import type { Props } from '../kinds.ts'
import type { Chain } from './inherit.ts'
import { propertyRowOf } from './rows.ts'
import { normaliseValue } from './value.ts'

/** Section of properties → section of the file. `PeerDevice` is the `disk {}` of a connection. */
export const drbdSections = {
  Resource: 'options',
  Net: 'net',
  Disk: 'disk',
  PeerDevice: 'disk',
  Handlers: 'handlers',
} as const
export type DrbdSection = keyof typeof drbdSections

/** Options that are generated from the state, or mean nothing here: a property never sets them. */
const generated: ReadonlySet<string> = new Set([
  'Net/cram-hmac-alg',
  'Net/shared-secret',
  'Disk/diskless',
])

/**
 * The options of one section as DRBD names them, inherited along `chain` (most specific first),
 * sorted by name. Options that are unknown, or whose value is not valid, are left out: one bad
 * line would make drbdadm refuse the whole file.
 */
export function drbdSection(section: DrbdSection, chain: Chain): Props {
  let options: Options = none
  for (const props of chain) {
    const own = props === undefined || isEmpty(props) ? none : sectionsOf(props)[section]
    if (options === none) options = own
    else if (own !== none) options = { ...own, ...options }
  }
  return options === none ? noOptions : written(options)
}

/** What one container says; undefined: the value is not valid, and hides what is inherited. */
type Options = Readonly<Record<string, string | undefined>>
type Sections = Record<DrbdSection, Options>

const none: Options = {}
const noOptions: Props = {}

/** Containers are never changed in place, and the same few are read for every document. */
const remembered = new WeakMap<Props, Sections>()

function sectionsOf(props: Props): Sections {
  const known = remembered.get(props)
  if (known) return known
  const sections: Sections = {
    Resource: none,
    Net: none,
    Disk: none,
    PeerDevice: none,
    Handlers: none,
  }
  for (const key in props) {
    const meaning = meaningOf(key, props[key] ?? '')
    if (meaning === undefined) continue
    const { section, alone } = meaning
    sections[section] = sections[section] === none ? alone : { ...sections[section], ...alone }
  }
  remembered.set(props, sections)
  return sections
}

/** `alone`: the options of a section that has nothing else; the same object for all containers. */
type Meaning = { readonly section: DrbdSection; readonly alone: Options }

/** The same few settings stand in thousands of containers. */
const meanings = new Map<string, Meaning | undefined>()
const meaningsLimit = 1_000

/** Undefined: the property is no option. */
function meaningOf(key: string, value: string): Meaning | undefined {
  if (!key.startsWith('DrbdOptions/')) return undefined
  const text = `${key}=${value}`
  if (meanings.has(text)) return meanings.get(text)
  const [, section = '', ...rest] = key.split('/')
  const name = rest.join('/')
  const meaning =
    isSection(section) && rest.length > 0
      ? { section, alone: { [name]: drbdOption(section, name, value) } }
      : undefined
  if (meanings.size >= meaningsLimit) meanings.clear()
  meanings.set(text, meaning)
  return meaning
}

const isSection = (name: string): name is DrbdSection => Object.hasOwn(drbdSections, name)

/** Most resources have what one container says: for those it is written once. */
const writtenBefore = new WeakMap<Options, Props>()

function written(options: Options): Props {
  const known = writtenBefore.get(options)
  if (known) return known
  const valid: Record<string, string> = {}
  for (const name of Object.keys(options).sort()) {
    const value = options[name]
    if (value !== undefined) valid[name] = value
  }
  writtenBefore.set(options, valid)
  return valid
}

function isEmpty(props: Props): boolean {
  for (const _key in props) return false
  return true
}

/** True: the value stands in quotes in the file. Words and texts do, numbers and yes/no do not. */
export function isQuotedDrbdOption(section: DrbdSection, name: string, value: string): boolean {
  const kind = propertyRowOf(`DrbdOptions/${section}/${name}`)?.value.kind
  if (kind === 'boolean' || kind === 'integer') return false
  return kind === 'choice-or-integer' ? !/^\d+$/.test(value) : true
}

/** `name value` as it stands in the file, without the semicolon; quoted where DRBD needs it. */
export function writeDrbdOption(section: DrbdSection, name: string, value: string): string {
  return isQuotedDrbdOption(section, name, value) ? `${name} "${value}"` : `${name} ${value}`
}

function drbdOption(section: DrbdSection, name: string, value: string): string | undefined {
  if (generated.has(`${section}/${name}`)) return undefined
  const row = propertyRowOf(`DrbdOptions/${section}/${name}`)
  const normal = row ? normaliseValue(row.value, value) : undefined
  // Such a text could end its own line in the file and begin another option.
  return normal === undefined || /["\\\n\r]/.test(normal) ? undefined : normal
}
