/**
 * May this key hold this value at this level? The one place that judges properties: commands,
 * REST and the CLI's help all ask here.
 */
import type { Props } from '../kinds.ts'
import { limits } from '../limits.ts'
import { nearestOf } from './nearest.ts'
import type { PropertyLevel, PropertyRow } from './row.ts'
import { propertyRowOf, propertyRowsOf } from './rows.ts'
import { describeKind, normaliseValue } from './value.ts'

export type Checked =
  | { readonly ok: true; readonly key: string; readonly value: string }
  | { readonly ok: false; readonly problem: string }
export type CheckedKey =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly problem: string }

/** Keys are paths: slashes at the ends and double ones carry no meaning and go. */
export function normaliseKey(key: string): string {
  return key
    .split('/')
    .filter((part) => part !== '')
    .join('/')
}

/** The normalised key and value, or a sentence that says what would be accepted. */
export function checkProperty(level: PropertyLevel, key: string, value: string): Checked {
  const found = findRow(level, key, 'set')
  if (!found.ok) return found
  const normal = normaliseValue(found.row.value, value)
  if (normal !== undefined) return { ok: true, key: found.key, value: normal }
  const unit = found.row.unit === undefined ? '' : ` (${found.row.unit})`
  const accepted = describeKind(found.row.value)
  return {
    ok: false,
    problem: `the value ${JSON.stringify(value)} is not accepted; it has to be ${accepted}${unit}`,
  }
}

/** May the key be deleted at this level? Only what users can set can be deleted by them. */
export function checkDelete(level: PropertyLevel, key: string): CheckedKey {
  const found = findRow(level, key, 'deleted')
  return found.ok ? { ok: true, key: found.key } : found
}

/** The keys that deleting a namespace takes away, sorted; the namespace's own name is none. */
export function keysBelow(props: Props, namespace: string): string[] {
  const prefix = normaliseKey(namespace)
  if (prefix === '') return []
  return Object.keys(props)
    .filter((key) => key.startsWith(`${prefix}/`))
    .sort()
}

type Found =
  | { readonly ok: true; readonly key: string; readonly row: PropertyRow }
  | { readonly ok: false; readonly problem: string }

function findRow(level: PropertyLevel, given: string, doing: 'set' | 'deleted'): Found {
  const key = normaliseKey(given)
  if (key === '') return no('a property key has at least one character besides slashes')
  if (key.length > limits.propertyKeyLength) {
    const most = limits.propertyKeyLength
    return no(`the key has ${key.length} characters; at most ${most} are accepted`)
  }
  const row = propertyRowOf(key)
  if (!row) return no(unknown(level, key))
  if (!row.levels.includes(level)) {
    return no(`a ${spoken(level)} does not have this key; it belongs to ${listed(row.levels)}`)
  }
  if (row.writer !== 'user') {
    return no(`the ${row.writer} alone writes this key; it cannot be ${doing}`)
  }
  return { ok: true, key, row }
}

function no(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem }
}

function unknown(level: PropertyLevel, key: string): string {
  const settable = propertyRowsOf(level).filter((row) => row.writer === 'user')
  const nearest = nearestOf(
    key,
    settable.map((row) => row.key),
  )
  const hint =
    nearest === undefined
      ? 'keys of your own begin with Aux/'
      : `the nearest known key is ${nearest}`
  return `a ${spoken(level)} has no such key; ${hint}`
}

const spoken = (level: PropertyLevel) => level.replaceAll('-', ' ')

function listed(levels: readonly PropertyLevel[]): string {
  if (levels.length === 0) return 'no level'
  return levels.map(spoken).join(', ')
}
