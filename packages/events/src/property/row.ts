/** A row of the property table: one key, or a whole namespace whose key ends with a slash. */
import type { Noun } from '../reference.ts'
import type { ValueKind } from './value.ts'

export type PropertyLevel = Exclude<Noun, PlainNoun | 'key-value-store'>
/** Nouns whose objects have no properties. */
type PlainNoun =
  | 'net-interface'
  | 'device-pool'
  | 'remote'
  | 'schedule'
  | 'external-file'
  | 'member'
  | 'auth-token'

/** Key-value stores have keys, which nobody judges. */
export function hasProperties(noun: Noun): noun is PropertyLevel {
  return !without.has(noun)
}
const without: ReadonlySet<Noun> = new Set([
  'net-interface',
  'device-pool',
  'key-value-store',
  'remote',
  'schedule',
  'external-file',
  'member',
  'auth-token',
])

export type PropertyRow = {
  /** `DrbdOptions/Net/protocol`, or `Aux/` for every key below Aux. */
  readonly key: string
  readonly levels: readonly PropertyLevel[]
  readonly value: ValueKind
  /** One sentence on what the property does. */
  readonly help: string
  /** Unit of a number, in words. */
  readonly unit?: string
  /** What counts when the property is set nowhere; a value that the property accepts. */
  readonly default?: string
  /** The default in words, where it is no fixed value. */
  readonly defaultText?: string
  /** Who writes it. Only `user` keys can be set and deleted by commands. */
  readonly writer: 'user' | 'controller' | 'satellite'
}

/** LINSTOR's short names of levels. A group takes exactly what its definition takes. */
const levelsOf = {
  C: ['controller'],
  N: ['node'],
  SPD: ['storage-pool-definition'],
  SP: ['storage-pool'],
  RD: ['resource-definition', 'resource-group'],
  RDonly: ['resource-definition'],
  R: ['resource'],
  VD: ['volume-definition', 'volume-group'],
  V: ['volume'],
  RC: ['resource-connection'],
  NC: ['node-connection'],
  S: ['snapshot'],
} as const satisfies Record<string, readonly PropertyLevel[]>
type LevelCode = keyof typeof levelsOf

export const everyLevel: readonly LevelCode[] = [
  'C',
  'N',
  'SPD',
  'SP',
  'RD',
  'R',
  'VD',
  'V',
  'RC',
  'NC',
  'S',
]

type Extra = Pick<PropertyRow, 'unit' | 'default' | 'defaultText'>

/** `row('PrefNic', ['N', 'R'], text, 'What it does.', { default: 'x' })`. */
export function row(
  key: string,
  levels: readonly LevelCode[],
  value: ValueKind,
  help: string,
  extra: Extra = {},
): PropertyRow {
  return { key, levels: expand(levels), value, help, writer: 'user', ...extra }
}

/** A key that Varve writes itself: shown, never set by a command. */
export function ownRow(
  key: string,
  levels: readonly LevelCode[],
  writer: 'controller' | 'satellite',
  help: string,
): PropertyRow {
  return { key, levels: expand(levels), value: { kind: 'text' }, help, writer }
}

function expand(codes: readonly LevelCode[]): readonly PropertyLevel[] {
  return codes.flatMap((code): readonly PropertyLevel[] => levelsOf[code])
}
