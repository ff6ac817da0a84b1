/** Spawning from a resource group, and placing anew what its filter asks for by now. */
import { nameKey, snapshotOf } from '@varve/events'
import { z } from 'zod'
import { created } from '../answer/say.ts'
import { FilterBody, filterArgs } from '../body/filter.ts'
import { flag, int, props, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, type Route } from '../route.ts'
import { resourcesAreThere } from '../wait/ready.ts'
import { snapshotFields } from './copy-snapshots.ts'
import { groupIn } from './find.ts'
import { autoPlace, placedNodes, sayCreated } from './resource-create.ts'
import { definitionName } from './resource-definition.ts'

const Body = z.strictObject({
  resource_definition_name: text.optional(),
  resource_definition_external_name: text.optional(),
  volume_sizes: z.array(int).default([]),
  select_filter: FilterBody.optional(),
  partial: flag.default(false),
  definitions_only: flag.default(false),
  peer_slots: int.optional(),
  volume_passphrases: z.array(text).optional(),
  resource_definition_props: props.optional(),
})

const AdjustBody = z.strictObject({
  select_filter: FilterBody.optional(),
  ...snapshotFields,
})

export const spawnRoutes: readonly Route[] = [
  change(
    {
      method: 'POST',
      path: '/v1/resource-groups/{resource_group}/spawn',
      on: ['create', 'resource-definition'],
      summary: 'Definition, volumes and replicas in one step',
      success: 201,
      body: Body,
    },
    spawn,
  ),
  change(
    {
      method: 'POST',
      path: '/v1/resource-groups/{resource_group}/adjust',
      on: ['modify', 'resource-group'],
      summary: 'Place what the definitions of a group lack',
      body: AdjustBody,
    },
    async (call) => {
      const group = groupIn(call, call.params.resource_group)
      if (group) await adjust(call, group.name, call.body)
    },
  ),
  change(
    {
      method: 'POST',
      path: '/v1/resource-groups/adjustall',
      on: ['modify', 'resource-group'],
      summary: 'Place what the definitions of all groups lack',
      body: AdjustBody,
    },
    async (call) => {
      for (const { name } of [...call.world.state.groups.values()]) {
        await adjust(call, name, call.body)
      }
    },
  ),
]

async function spawn(
  call: Call<{ readonly resource_group: string }, z.infer<typeof Body>>,
): Promise<void> {
  const { body } = call
  const group = groupIn(call, call.params.resource_group)
  const external = body.resource_definition_external_name
  const name = group && definitionName(call, body.resource_definition_name, external)
  if (!group || name === undefined) return
  const done = await call.command('resource-group.spawn', {
    group: group.name,
    definition: name,
    sizesKib: body.volume_sizes,
    ...(external === undefined ? {} : { externalName: external }),
    ...(body.select_filter === undefined ? {} : { filter: filterArgs(body.select_filter) }),
    ...(body.partial ? { partial: true } : {}),
    ...(body.definitions_only ? { definitionsOnly: true } : {}),
    ...(body.peer_slots === undefined ? {} : { peerSlots: body.peer_slots }),
    ...(body.volume_passphrases === undefined
      ? {}
      : { volumePassphrases: body.volume_passphrases }),
    ...(body.resource_definition_props === undefined
      ? {}
      : { props: body.resource_definition_props }),
  })
  if (!done) return
  call.say(created('resource definition', name, { RscDfn: name, RscGrp: group.name }))
  const nodes = placedNodes(done.result)
  if (nodes.length === 0) {
    const message = `No resources were made of '${name}': none were asked for.`
    call.say({ code: 'INFO_NO_RSC_SPAWNED', message, refs: { RscDfn: name } })
    return
  }
  for (const node of nodes) sayCreated(call, name, node)
  await resourcesAreThere(call, name, done)
}

/** Definitions without volumes have nothing to place; too many replicas are a warning. */
async function adjust(call: Call, group: string, body: z.infer<typeof AdjustBody>): Promise<void> {
  const { definitions, volumeDefinitions } = call.world.state
  for (const { name } of definitions.by('group', nameKey(group))) {
    if (volumeDefinitions.countBy('definition', nameKey(name)) === 0) continue
    // Of the snapshots that are named each definition has its own.
    const { snap_names, copy_all_snaps } = body
    const own = snap_names?.filter((one) => snapshotOf(call.world.state, name, one))
    const copies = { copy_all_snaps, snap_names: own }
    await autoPlace(call, name, filterArgs(body.select_filter ?? {}), copies)
  }
}
