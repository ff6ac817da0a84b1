/** Clones: begun by a request, and asked for until they are complete. */
import { definitionOf, nameKey, snapshotsOf } from '@varve/events'
import { definitionSettled } from '@varve/projections'
import { z } from 'zod'
import { printEntry } from '../answer/entry.ts'
import { created, notSupported } from '../answer/say.ts'
import { flag, propertyChanges, text } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import type { Call } from '../call.ts'
import { change, json, type Reply, type Route, read } from '../route.ts'
import { definitionIn } from './find.ts'
import { definitionName } from './resource-definition.ts'

const path = '/v1/resource-definitions/{resource}/clone'

const Body = z.strictObject({
  name: text.optional(),
  external_name: text.optional(),
  /** A clone on ZFS is one of ZFS: that is how snapshots are restored there. */
  use_zfs_clone: flag.optional(),
  layer_list: z.array(text).optional(),
  volume_passphrases: z.array(text).optional(),
  resource_group: text.optional(),
  ...propertyChanges,
})

export const cloneRoutes: readonly Route[] = [
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'resource-definition'],
      summary: 'Begin a copy of a definition with its data',
      success: 201,
      missing: 'another layer_list, volume_passphrases',
      body: Body,
    },
    clone,
  ),
  read(`${path}/{clone}`, 'How far a clone is', (call) => {
    const source = definitionIn(call, call.params.resource)
    if (!source) return undefined
    const status = statusOf(call, source.name, call.params.clone)
    if (status !== undefined) return json({ status })
    const message = `'${source.name}' has no clone '${call.params.clone}'.`
    call.fail('FAIL_NOT_FOUND_RSC_DFN', message, { RscDfn: call.params.clone })
    return undefined
  }),
]

async function clone(
  call: Call<{ readonly resource: string }, z.infer<typeof Body>>,
): Promise<Reply | undefined> {
  const { name: given, external_name: externalName, resource_group, layer_list } = call.body
  const source = definitionIn(call, call.params.resource)
  if (!source) return undefined
  const isOther = layer_list !== undefined && layer_list.length > 0
  if (isOther && layer_list.join().toUpperCase() !== source.layers.join()) {
    call.say(notSupported('A clone with other layers than its source'))
    return undefined
  }
  if (call.body.volume_passphrases?.length) {
    const instead = 'Its volumes open with those of the source; change them afterwards.'
    call.say(notSupported('A clone with passphrases of its own', instead))
    return undefined
  }
  const name = definitionName(call, given, externalName)
  if (name === undefined) return undefined
  const done = await call.command('resource-definition.clone', {
    definition: source.name,
    to: name,
    ...(externalName === undefined ? {} : { externalName }),
    ...(resource_group === undefined ? {} : { group: resource_group }),
    ...propertyArgs(call.body),
  })
  if (!done) return undefined
  const entry = created('resource definition', name, { RscDfn: name })
  const messages = [printEntry(entry, ['create', 'resource-definition'], call.world.now)]
  const location = `/v1/resource-definitions/${source.name}/clone/${name}`
  const value = { location, source_name: source.name, clone_name: name, messages }
  return { kind: 'json', value, status: 201 }
}

/** Undefined: nothing of that name was ever begun, or it is a definition of somebody else. */
function statusOf(call: Call, source: string, name: string) {
  const { state } = call.world
  const made = definitionOf(state, name)
  const taken = snapshotsOf(state, source).find(
    ({ cloneTo }) => cloneTo !== undefined && nameKey(cloneTo) === nameKey(name),
  )
  if (made) return definitionSettled(call.world, made.name).isSettled ? 'COMPLETE' : 'CLONING'
  if (taken === undefined) return undefined
  return taken.phase === 'failed' ? 'FAILED' : 'CLONING'
}
