/** Key-value stores: what clients keep for themselves. */
import { type KeyValueStore, keyValueStoreOf } from '@varve/events'
import { z } from 'zod'
import { deleted, modified, nothingToDelete } from '../answer/say.ts'
import { propertyChanges } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import { change, json, noBody, type Route, read } from '../route.ts'

const noun = 'key-value store'
const one = '/v1/key-value-store/{instance}'

const storeView = ({ name, props }: KeyValueStore) => ({ name, props })

export const keyValueStoreRoutes: readonly Route[] = [
  read('/v1/key-value-store', 'Key-value stores with all that is in them', (call) =>
    json([...call.world.state.keyValueStores.values()].map(storeView)),
  ),
  read(one, 'One key-value store, as a list of one', (call) => {
    const { instance: store } = call.params
    const row = keyValueStoreOf(call.world.state, store)
    if (row) return json([storeView(row)])
    call.fail('FAIL_NOT_FOUND_KVS', `There is no ${noun} '${store}'.`, { KVS: store })
    return undefined
  }),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'key-value-store'],
      summary: 'Set and delete keys; makes the store where there is none',
      body: z.strictObject(propertyChanges),
    },
    async (call) => {
      const { instance: store } = call.params
      const args = { store, ...propertyArgs(call.body) }
      if (!(await call.command('key-value-store.modify', args))) return
      // Alone: Python's library takes a first entry that only informs for a failure.
      call.say(modified(noun, store, { KVS: store }))
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'key-value-store'],
      summary: 'Delete a store and all that is in it',
      body: noBody,
    },
    async (call) => {
      const { instance: store } = call.params
      const refs = { KVS: store }
      if (!keyValueStoreOf(call.world.state, store)) call.say(nothingToDelete(noun, store, refs))
      else if (await call.command('key-value-store.delete', { store })) {
        call.say(deleted(noun, store, refs))
      }
    },
  ),
]
