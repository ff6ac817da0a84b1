/** Commands about stores in which clients keep what is their own. */
import { z } from 'zod'
import { StoreName } from '../names.ts'
import { changes } from './fields.ts'

export const keyValueStoreCommands = {
  /** Makes the store where there is none. Keys lose the slash that they may begin with. */
  'key-value-store.modify': z.strictObject({ store: StoreName, ...changes }),
  'key-value-store.delete': z.strictObject({ store: StoreName }),
}
