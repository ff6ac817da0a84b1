/** Resource groups. */
import { groupOf, nameKey } from '@varve/events'
import { z } from 'zod'
import { created, deleted, nothingToDelete } from '../answer/say.ts'
import { FilterBody, filterArgs, filterChanges } from '../body/filter.ts'
import { flag, ignored, int, propertyChanges, props, text } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { resourceGroupView } from '../views/resource-group.ts'
import { uuidOf } from '../views/uuid.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { groupIn } from './find.ts'

const noun = 'resource group'
const path = '/v1/resource-groups'
const one = '/v1/resource-groups/{resource_group}'

export const resourceGroupRoutes: readonly Route[] = [
  read(
    path,
    'Resource groups',
    (call) => {
      const { query } = call.asked
      const names = query.names('resource_groups')
      const { groups } = call.world.state
      const keys = groups.keys().filter((key) => names?.has(key) ?? true)
      const rows = keys.flatMap((key) => groups.get(key) ?? [])
      const wanted = rows.filter((row) => query.matchesProps(row.props))
      return json(query.page(wanted).map(resourceGroupView))
    },
    { cached: true },
  ),
  read(one, 'One resource group', (call) => {
    const group = groupIn(call, call.params.resource_group)
    return group && json(resourceGroupView(group))
  }),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'resource-group'],
      summary: 'Make a resource group',
      success: 201,
      body: z.strictObject({
        name: text,
        description: text.optional(),
        props: props.optional(),
        select_filter: FilterBody.optional(),
        peer_slots: int.optional(),
        uuid: ignored,
      }),
    },
    async (call) => {
      const { name: group, description, props: given, select_filter, peer_slots } = call.body
      const done = await call.command('resource-group.create', {
        group,
        ...(description === undefined ? {} : { description }),
        filter: filterArgs(select_filter ?? {}),
        ...(peer_slots === undefined ? {} : { peerSlots: peer_slots }),
        ...(given === undefined ? {} : { props: given }),
      })
      if (!done) return
      const row = groupOf(call.world.state, group)
      const uuid = row && uuidOf(row.origin, 'resource-group', group)
      call.say(created(noun, group, { RscGrp: group }, uuid))
    },
  ),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'resource-group'],
      summary: 'Change a resource group; what it has spawned stays as it is',
      body: z.strictObject({
        description: text.optional(),
        select_filter: FilterBody.optional(),
        peer_slots: int.optional(),
        snap_names: ignored,
        copy_all_snaps: flag.optional(),
        ...propertyChanges,
      }),
    },
    async (call) => {
      const { resource_group: group } = call.params
      const { description, select_filter, peer_slots, ...given } = call.body
      const done = await call.command('resource-group.modify', {
        group,
        ...(description === undefined ? {} : { description }),
        ...(select_filter === undefined ? {} : { filter: filterChanges(select_filter) }),
        ...(peer_slots === undefined ? {} : { peerSlots: peer_slots }),
        ...propertyArgs(given),
      })
      const refs = { RscGrp: group }
      if (done) await sayChanged(call, done, { noun, name: group, refs, given })
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'resource-group'],
      summary: 'Remove a resource group that no definition belongs to',
      body: noBody,
    },
    async (call) => {
      const { resource_group: group } = call.params
      const refs = { RscGrp: group }
      const isThere = call.world.state.groups.has(nameKey(group))
      if (!isThere) call.say(nothingToDelete(noun, group, refs))
      // "Still used": what drivers expect of most of their attempts.
      else if (
        await call.command('resource-group.delete', { group }, { 'in-use': 'FAIL_EXISTS_RSC_DFN' })
      ) {
        call.say(deleted(noun, group, refs))
      }
    },
  ),
]
