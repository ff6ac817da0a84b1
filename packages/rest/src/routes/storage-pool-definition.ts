/** Storage pool definitions. */
import { nameKey } from '@varve/events'
import { z } from 'zod'
import { created, deleted, nothingToDelete } from '../answer/say.ts'
import { propertyChanges, props, text } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { poolDefinitionView } from '../views/storage-pool.ts'
import { sayChanged } from '../wait/taken-over.ts'

const noun = 'storage pool definition'
const path = '/v1/storage-pool-definitions'
const one = '/v1/storage-pool-definitions/{storagepool}'

export const storagePoolDefinitionRoutes: readonly Route[] = [
  read(path, 'Storage pool definitions', (call) => {
    const { query } = call.asked
    const names = query.names('storage_pools')
    const { poolDefinitions } = call.world.state
    const keys = poolDefinitions.keys().filter((key) => names?.has(key) ?? true)
    const rows = keys.flatMap((key) => poolDefinitions.get(key) ?? [])
    return json(query.page(rows).map(poolDefinitionView))
  }),
  read(one, 'One storage pool definition', (call) => {
    const { storagepool: pool } = call.params
    const row = call.world.state.poolDefinitions.get(nameKey(pool))
    if (row) return json(poolDefinitionView(row))
    const message = `There is no ${noun} '${pool}'.`
    call.fail('FAIL_NOT_FOUND_STOR_POOL_DFN', message, { StorPoolDfn: pool })
    return undefined
  }),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'storage-pool-definition'],
      summary: 'Make a storage pool definition',
      success: 201,
      body: z.strictObject({ storage_pool_name: text, props: props.optional() }),
    },
    async (call) => {
      const { storage_pool_name: pool, props: given } = call.body
      const args = { pool, ...(given === undefined ? {} : { props: given }) }
      if (!(await call.command('storage-pool-definition.create', args))) return
      call.say(created(noun, pool, { StorPoolDfn: pool }))
    },
  ),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'storage-pool-definition'],
      summary: 'Change a storage pool definition’s properties',
      body: z.strictObject(propertyChanges),
    },
    async (call) => {
      const { storagepool: pool } = call.params
      const args = { pool, ...propertyArgs(call.body) }
      const done = await call.command('storage-pool-definition.modify', args)
      const refs = { StorPoolDfn: pool }
      if (done) await sayChanged(call, done, { noun, name: pool, refs, given: call.body })
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'storage-pool-definition'],
      summary: 'Remove a storage pool definition',
      body: noBody,
    },
    async (call) => {
      const { storagepool: pool } = call.params
      const refs = { StorPoolDfn: pool }
      const isThere = call.world.state.poolDefinitions.has(nameKey(pool))
      if (!isThere) call.say(nothingToDelete(noun, pool, refs))
      else if (await call.command('storage-pool-definition.delete', { pool })) {
        call.say(deleted(noun, pool, refs))
      }
    },
  ),
]
