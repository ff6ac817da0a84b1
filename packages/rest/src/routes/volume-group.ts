/** Volume groups of a resource group: one for each volume of what it spawns. */
import { keyOf, volumeGroupsOf } from '@varve/events'
import { z } from 'zod'
import { created, deleted, nothingToDelete, notSupported } from '../answer/say.ts'
import { ignored, int, propertyChanges, props, text } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { volumeGroupView } from '../views/resource-group.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { groupIn } from './find.ts'

const noun = 'volume group'
const path = '/v1/resource-groups/{resource_group}/volume-groups'
const one = '/v1/resource-groups/{resource_group}/volume-groups/{volume_number}'

export const volumeGroupRoutes: readonly Route[] = [
  read(path, 'Volume groups of a resource group', (call) => {
    const group = groupIn(call, call.params.resource_group)
    if (!group) return undefined
    const rows = volumeGroupsOf(call.world.state, group.name)
    return json(call.asked.query.page(rows).map((row) => volumeGroupView(group, row)))
  }),
  read(one, 'One volume group', (call) => {
    const { resource_group, volume_number } = call.params
    const group = groupIn(call, resource_group)
    if (!group) return undefined
    const row = call.world.state.volumeGroups.get(keyOf(group.name, volume_number))
    if (row) return json(volumeGroupView(group, row))
    const message = `Resource group '${group.name}' has no volume group ${volume_number}.`
    call.fail('FAIL_NOT_FOUND_VLM_GRP', message, { RscGrp: group.name, VlmNr: volume_number })
    return undefined
  }),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'volume-group'],
      summary: 'Add a volume group',
      success: 201,
      body: z.strictObject({
        volume_number: int.optional(),
        props: props.optional(),
        flags: z.array(text).optional(),
        uuid: ignored,
      }),
    },
    async (call) => {
      const { resource_group: group } = call.params
      const { volume_number: number, props: given, flags } = call.body
      const done = await call.command('volume-group.create', {
        group,
        ...(number === undefined ? {} : { number }),
        ...(isGross(flags) ? { gross: true } : {}),
        ...(given === undefined ? {} : { props: given }),
      })
      if (!done) return
      const numbers = volumeGroupsOf(call.world.state, group).map((row) => row.number)
      const made = String(number ?? numbers.at(-1) ?? 0)
      call.say(created(noun, made, { RscGrp: group, VlmNr: made }))
    },
  ),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'volume-group'],
      summary: 'Change a volume group’s properties',
      missing: 'the flag gross_size of an existing volume group',
      body: z.strictObject({ flags: z.array(text).optional(), ...propertyChanges }),
    },
    async (call) => {
      const { resource_group: group, volume_number } = call.params
      const number = Number(volume_number)
      const row = volumeGroupsOf(call.world.state, group).find((one) => one.number === number)
      const other = row?.gross ? '-gross_size' : 'gross_size'
      if (row && call.body.flags?.some((one) => one.toLowerCase() === other)) {
        call.say(notSupported('Another meaning of the size of an existing volume group'))
        return
      }
      const args = { group, number, ...propertyArgs(call.body) }
      const done = await call.command('volume-group.modify', args)
      const refs = { RscGrp: group, VlmNr: volume_number }
      if (done) await sayChanged(call, done, { noun, name: volume_number, refs, given: call.body })
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'volume-group'],
      summary: 'Remove a volume group',
      body: noBody,
    },
    async (call) => {
      const { resource_group, volume_number } = call.params
      const group = groupIn(call, resource_group)
      if (!group) return
      const refs = { RscGrp: group.name, VlmNr: volume_number }
      const isThere = call.world.state.volumeGroups.has(keyOf(group.name, volume_number))
      const args = { group: group.name, number: Number(volume_number) }
      if (!isThere) call.say(nothingToDelete(noun, volume_number, refs))
      else if (await call.command('volume-group.delete', args)) {
        call.say(deleted(noun, volume_number, refs))
      }
    },
  ),
]

/** As LINSTOR's clients ask for it; `-gross_size` takes it away. */
export function isGross(flags: readonly string[] | undefined): boolean {
  return flags?.some((one) => one.toUpperCase() === 'GROSS_SIZE') ?? false
}
