/** Key-value stores: who has one, and how much is in it. */
import type { KeyValueStore } from '@varve/events'

export type KeyValueStoreRow = {
  readonly name: string
  readonly keys: number
  readonly createdAt: number
}

export function keyValueStoreRow({ name, props, origin }: KeyValueStore): KeyValueStoreRow {
  return { name, keys: Object.keys(props).length, createdAt: origin.at }
}
