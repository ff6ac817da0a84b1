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
    const own = ownOptions(section, props)
    if (options === none) options = own
    else if (own !== none) options = { ...own, ...options }
  }
  return options === none ? noOptions : written(options)
}

/** What one container says; undefined: the value is not valid, and hides what is inherited. */
type Options = Readonly<Record<string, string | undefined>>

const none: Options = {}
const noOptions: Props = {}

/** Containers are never changed in place, and the same few are read for every document. */
const remembered = new WeakMap<Props, Map<DrbdSection, Options>>()

function ownOptions(section: DrbdSection, props: Props | undefined): Options {
  if (props === undefined || isEmpty(props)) return none
  const known = remembered.get(props) ?? new Map<DrbdSection, Options>()
  remembered.set(props, known)
  const found = known.get(section) ?? readOptions(section, props)
  known.set(section, found)
  return found
}

function readOptions(section: DrbdSection, props: Props): Options {
  const prefix = `DrbdOptions/${section}/`
  const options: Record<string, string | undefined> = {}
  let isFound = false
  for (const key in props) {
    if (!key.startsWith(prefix)) continue
    const name = key.slice(prefix.length)
    options[name] = drbdOption(section, name, props[key] ?? '')
    isFound = true
  }
  return isFound ? options : none
}

function written(options: Options): Props {
  const valid: Record<string, string> = {}
  for (const name of Object.keys(options).sort()) {
    const value = options[name]
    if (value !== undefined) valid[name] = value
  }
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
