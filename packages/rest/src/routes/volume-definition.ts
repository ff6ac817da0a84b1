/** Volume definitions: made, grown, changed and removed while their resources live. */
import { keyOf, volumeDefinitionOf, volumeDefinitionsOf } from '@varve/events'
import { z } from 'zod'
import { created, deleted, modified, nothingToDelete, notSupported } from '../answer/say.ts'
import { ignored, int, propertyChanges, props, text } from '../body/lenient.ts'
import { propertyArgs, propertyEntries } from '../body/property-changes.ts'
import type { Call } from '../call.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { volumeDefinitionView } from '../views/resource-definition.ts'
import { uuidOf } from '../views/uuid.ts'
import { operationIsOver } from '../wait/operation.ts'
import { resourcesAreThere } from '../wait/ready.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { definitionIn, volumeDefinitionIn } from './find.ts'
import { isGross } from './volume-group.ts'

const noun = 'volume definition'
const path = '/v1/resource-definitions/{resource}/volume-definitions'
const one = '/v1/resource-definitions/{resource}/volume-definitions/{volume_number}'

const CreateBody = z.strictObject({
  volume_definition: z.strictObject({
    volume_number: int.optional(),
    size_kib: int,
    props: props.optional(),
    flags: z.array(text).optional(),
    layer_data: ignored,
    uuid: ignored,
  }),
  drbd_minor_number: int.optional(),
  passphrase: text.optional(),
})

const ChangeBody = z.strictObject({
  size_kib: int.optional(),
  flags: z.array(text).optional(),
  ...propertyChanges,
})

export const volumeDefinitionRoutes: readonly Route[] = [
  read(path, 'Volume definitions of a resource definition', (call) => {
    const row = definitionIn(call, call.params.resource)
    if (!row) return undefined
    const { query } = call.asked
    const rows = volumeDefinitionsOf(call.world.state, row.name)
    const wanted = rows.filter((volume) => query.matchesProps(volume.props))
    return json(query.page(wanted).map((volume) => volumeDefinitionView(row, volume)))
  }),
  read(one, 'One volume definition', (call) => {
    const { resource, volume_number } = call.params
    const row = volumeDefinitionIn(call, resource, volume_number)
    const definition = row && definitionIn(call, resource)
    return definition && json(volumeDefinitionView(definition, row))
  }),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'volume-definition'],
      summary: 'Add a volume to a definition and to its resources',
      body: CreateBody,
    },
    createVolumeDefinition,
  ),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'volume-definition'],
      summary: 'Grow a volume, change its properties',
      missing: 'the flag gross_size of an existing volume',
      body: ChangeBody,
    },
    changeVolumeDefinition,
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'volume-definition'],
      summary: 'Remove a volume with its data',
      body: noBody,
    },
    async (call) => {
      const { resource: definition, volume_number } = call.params
      const refs = { RscDfn: definition, VlmNr: volume_number }
      const isThere = call.world.state.volumeDefinitions.has(keyOf(definition, volume_number))
      if (!isThere) {
        call.say(nothingToDelete(noun, `${volume_number} of ${definition}`, refs))
        return
      }
      const number = Number(volume_number)
      const done = await call.command('volume-definition.delete', { definition, number })
      if (!done) return
      const what = `The deletion of volume ${volume_number} of '${definition}'`
      if (await operationIsOver(call, done, { definition, what, refs })) {
        call.say(deleted(noun, `${volume_number} of ${definition}`, refs))
      }
    },
  ),
  change(
    {
      method: 'PUT',
      path: `${one}/encryption-passphrase`,
      on: ['modify', 'volume-definition'],
      summary: 'Another passphrase for an encrypted volume',
      body: z.strictObject({ new_passphrase: text }),
    },
    async (call) => {
      const { resource: definition, volume_number } = call.params
      const refs = { RscDfn: definition, VlmNr: volume_number }
      const done = await call.command('volume-definition.modify-passphrase', {
        definition,
        number: Number(volume_number),
        passphrase: call.body.new_passphrase,
      })
      if (!done) return
      const what = `The change of the passphrase of volume ${volume_number} of '${definition}'`
      if (await operationIsOver(call, done, { definition, what, refs })) {
        call.say(modified(noun, `${volume_number} of ${definition}`, refs))
      }
    },
  ),
]

async function createVolumeDefinition(
  call: Call<{ readonly resource: string }, z.infer<typeof CreateBody>>,
): Promise<void> {
  const { resource: definition } = call.params
  const { volume_definition: given, drbd_minor_number: minor, passphrase } = call.body
  const { volume_number: number, flags } = given
  const done = await call.command('volume-definition.create', {
    definition,
    sizeKib: given.size_kib,
    ...(number === undefined ? {} : { number }),
    ...(minor === undefined ? {} : { minor }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(isGross(flags) ? { gross: true } : {}),
    ...(given.props === undefined ? {} : { props: given.props }),
  })
  if (!done) return
  const made = Number(done.result?.number ?? number ?? 0)
  const row = volumeDefinitionOf(call.world.state, definition, made)
  const uuid = row && uuidOf(row.origin, 'volume-definition', definition, made)
  const refs = {
    RscDfn: definition,
    VlmNr: String(made),
    ...(row?.minor === undefined ? {} : { MinorNr: String(row.minor) }),
  }
  call.say(created(noun, `${made} of ${definition}`, refs, uuid))
  // Resources that are there already get the new volume.
  await resourcesAreThere(call, definition, done, 'all')
}

async function changeVolumeDefinition(
  call: Call<
    { readonly resource: string; readonly volume_number: string },
    z.infer<typeof ChangeBody>
  >,
): Promise<void> {
  const { resource: definition, volume_number } = call.params
  const { size_kib: sizeKib, flags, ...given } = call.body
  const row = volumeDefinitionIn(call, definition, volume_number)
  if (!row) return
  const { number } = row
  const refs = { RscDfn: definition, VlmNr: volume_number }
  if (flags?.some((one) => one.toLowerCase() === (row.gross ? '-gross_size' : 'gross_size'))) {
    call.say(notSupported('Another meaning of the size of an existing volume'))
    return
  }
  const args = { definition, number, ...propertyArgs(given) }
  const changed = await call.command('volume-definition.modify', args)
  if (!changed) return
  call.say(...propertyEntries(given))
  if (sizeKib !== undefined && sizeKib !== row.sizeKib) {
    const done = await call.command('volume-definition.resize', { definition, number, sizeKib })
    if (!done) return
    const what = `The growth of volume ${volume_number} of '${definition}'`
    if (!(await operationIsOver(call, done, { definition, what, refs }))) return
  }
  const name = `${volume_number} of ${definition}`
  await sayChanged(call, changed, { noun, name, refs, definition })
  if (sizeKib === row.sizeKib) {
    const message = `Volume ${volume_number} of '${definition}' has ${sizeKib} KiB already.`
    call.say({ code: 'WARN_VLMDFN_RESIZE_SAME_SIZE', message, refs })
  }
}
