/**
 * DRBD options among the properties: which section of the configuration file an option belongs to
 * and how its value is written there (reference 3.1).
 */
import type { Props } from '../kinds.ts'
import { type Chain, namespaceOf } from './inherit.ts'
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
  const options: Record<string, string> = {}
  for (const [name, value] of Object.entries(namespaceOf(`DrbdOptions/${section}`, chain))) {
    const normal = drbdOption(section, name, value)
    if (normal !== undefined) options[name] = normal
  }
  return options
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
