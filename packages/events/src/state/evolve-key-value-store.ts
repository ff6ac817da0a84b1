/** Stores in which clients keep what is their own. */
import type { EventOf } from '../event.ts'
import { nameKey } from '../names.ts'
import { noProps } from './common.ts'
import type { Origin } from './records.ts'
import type { State } from './state.ts'

export function storeCreated(
  state: State,
  { store }: EventOf<'key-value-store.created'>,
  origin: Origin,
): void {
  state.keyValueStores.set(nameKey(store), { name: store, props: noProps, origin })
}

export function storeDeleted(state: State, event: EventOf<'key-value-store.deleted'>): void {
  state.keyValueStores.delete(nameKey(event.store))
}
