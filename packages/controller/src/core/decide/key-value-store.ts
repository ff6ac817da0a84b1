/** Key-value stores: any key, any text; nothing of them means anything to the controller. */
import {
  type Args,
  keysBelow,
  keyValueStoreOf,
  limits,
  type Reference,
  type Refusal,
  refer,
  refuse,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { deleteProperty, setProperty } from './property.ts'
import { missing } from './require.ts'

export function modifyStore(
  draft: Draft,
  args: Args<'key-value-store.modify'>,
): Refusal | undefined {
  const found = keyValueStoreOf(draft.state, args.store)
  if (!found) draft.record({ type: 'key-value-store.created', store: args.store })
  return changeKeys(draft, refer('key-value-store', found?.name ?? args.store), args)
}

export function deleteStore(
  draft: Draft,
  args: Args<'key-value-store.delete'>,
): Refusal | undefined {
  const row = keyValueStoreOf(draft.state, args.store)
  if (!row) return missing('key-value store', args.store)
  draft.record({ type: 'key-value-store.deleted', store: row.name })
  return undefined
}

/** LINSTOR's order: set, delete, delete namespaces. */
function changeKeys(
  draft: Draft,
  of: Reference,
  { setProps = {}, deleteProps = [], deleteNamespaces = [], store }: Args<'key-value-store.modify'>,
): Refusal | undefined {
  for (const [given, value] of Object.entries(setProps)) {
    const key = keyOf(given)
    const refused = refuseEntry(store, key, value)
    if (refused) return refused
    setProperty(draft, of, key, value)
  }
  for (const given of deleteProps) deleteProperty(draft, of, keyOf(given))
  for (const namespace of deleteNamespaces) {
    const { props = {} } = keyValueStoreOf(draft.state, store) ?? {}
    for (const key of keysBelow(props, namespace)) deleteProperty(draft, of, key)
  }
  return undefined
}

/** `/a/b` and `a/b` are the same key; clients write the one and expect to read the other. */
const keyOf = (given: string): string => given.replace(/^\/+/, '')

function refuseEntry(store: string, key: string, value: string): Refusal | undefined {
  const { key: longestKey, value: longestValue } = limits.store
  const tooLong =
    key.length > longestKey
      ? `a key has at most ${longestKey} characters, this one has ${key.length}`
      : value.length > longestValue
        ? `a value has at most ${longestValue} characters, that of ${key} has ${value.length}`
        : undefined
  const problem = key === '' ? 'a key has at least one character' : tooLong
  if (problem === undefined) return undefined
  return refuse('invalid-property', { subject: `${store}/${key.slice(0, 64)}`, problem })
}
