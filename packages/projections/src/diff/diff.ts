/** What is different between two moments: objects that came, went or changed, field by field. */
import type { Records } from './records.ts'

export type FieldChange = {
  /** `sizeKib`, `props.DrbdOptions/Net/protocol`, `phase.status`. */
  readonly field: string
  readonly from?: string
  readonly to?: string
}

export type ObjectChange = {
  /** `resource/web/n1`, names in lower case. */
  readonly object: string
  /** `replaced`: what is there now was made anew, under the same name. */
  readonly change: 'added' | 'removed' | 'replaced' | 'changed'
  /** Of one that was added or removed: all that it is made of. */
  readonly fields: readonly FieldChange[]
}

/** Encrypted, and of no use to a reader: only that they changed is told. */
const sealed = /^(secret|luksKey|rekeying|master)\b/
/** Where a record came from is told by `history`. */
const hidden = /^origin\b/

/** In the order of the objects' names. */
export function diffRecords(before: Records, after: Records): ObjectChange[] {
  const objects = new Set([...before.keys(), ...after.keys()])
  return [...objects].sort().flatMap((object) => {
    const [old, now] = [before.get(object), after.get(object)]
    if (old === now) return []
    const fields = fieldChanges(old, now)
    return fields.length === 0 ? [] : [{ object, change: changeOf(old, now), fields }]
  })
}

function changeOf(old: object | undefined, now: object | undefined): ObjectChange['change'] {
  if (old === undefined) return 'added'
  if (now === undefined) return 'removed'
  return entryOf(old) === entryOf(now) ? 'changed' : 'replaced'
}

/** The entry that made the object, where its record says so. */
function entryOf(record: object): string | undefined {
  const { origin } = record as { readonly origin?: { readonly entry: string } }
  return origin?.entry
}

function fieldChanges(old: object | undefined, now: object | undefined): FieldChange[] {
  const [from, to] = [fieldsOf(old), fieldsOf(now)]
  return [...new Set([...from.keys(), ...to.keys()])].sort().flatMap((field) => {
    const [was, is] = [from.get(field), to.get(field)]
    if (was === is) return []
    return [
      {
        field,
        ...(was === undefined ? {} : { from: shown(field, was) }),
        ...(is === undefined ? {} : { to: shown(field, is) }),
      },
    ]
  })
}

const shown = (field: string, value: string) => (sealed.test(field) ? '(encrypted)' : value)

/** A record as fields with texts, nested objects by dots; lists are texts as a whole. */
function fieldsOf(record: object | undefined, prefix = ''): Map<string, string> {
  const fields = new Map<string, string>()
  for (const [name, value] of Object.entries(record ?? {})) {
    const field = `${prefix}${name}`
    if (value === undefined || hidden.test(field)) continue
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [inner, text] of fieldsOf(value, `${field}.`)) fields.set(inner, text)
    } else fields.set(field, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return fields
}
