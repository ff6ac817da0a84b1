/** Resource definitions. */
import { randomUUID } from 'node:crypto'
import {
  controllerProps,
  definitionOf,
  groupOf,
  isTrashOverRest,
  nameKey,
  type ResourceDefinition,
  type State,
} from '@varve/events'
import { definitionSettled } from '@varve/projections'
import { z } from 'zod'
import { created, deleted, nothingToDelete, notSupported } from '../answer/say.ts'
import { nameFromExternal } from '../body/external-name.ts'
import { layerArgs } from '../body/layers.ts'
import { ignored, int, propertyChanges, props, text } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import type { Call } from '../call.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { definitionView } from '../views/resource-definition.ts'
import { uuidOf } from '../views/uuid.ts'
import { operationIsOver } from '../wait/operation.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { definitionIn } from './find.ts'

const noun = 'resource definition'
const path = '/v1/resource-definitions'
const one = '/v1/resource-definitions/{resource}'

const Definition = z.strictObject({
  name: text.optional(),
  external_name: text.optional(),
  props: props.optional(),
  layer_data: z.array(z.strictObject({ type: text, data: ignored })).optional(),
  resource_group_name: text.optional(),
  /** What answers have; of no account here. */
  flags: ignored,
  uuid: ignored,
  volume_definitions: ignored,
})

const CreateBody = z.strictObject({
  resource_definition: Definition,
  drbd_port: int.optional(),
  drbd_peer_slots: int.optional(),
  /** The cluster makes a secret for each definition, and passes it to nobody. */
  drbd_secret: ignored,
  drbd_transport_type: text.optional(),
})

export const resourceDefinitionRoutes: readonly Route[] = [
  read(
    path,
    'Resource definitions',
    (call) => {
      const { query } = call.asked
      const names = query.names('resource_definitions')
      const { state } = call.world
      const keys = names ? [...names].sort() : state.definitions.keys()
      const rows = keys.flatMap((key) => state.definitions.get(key) ?? [])
      const wanted = query.page(rows.filter((row) => query.matchesProps(row.props)))
      const withVolumes = query.flag('with_volume_definitions')
      return { kind: 'rows', rows: viewsOf(state, wanted, withVolumes) }
    },
    { cached: true },
  ),
  read(one, 'One resource definition', (call) => {
    const row = definitionIn(call, call.params.resource)
    return row && json(definitionView(call.world.state, row, { withVolumes: true }))
  }),
  read(`${one}/sync-status`, 'Whether all replicas are UpToDate', (call) => {
    const row = definitionIn(call, call.params.resource)
    return row && json({ synced_on_all: definitionSettled(call.world, row.name).isSettled })
  }),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'resource-definition'],
      summary: 'Make a resource definition',
      success: 201,
      body: CreateBody,
      missing: 'drbd_transport_type other than IP',
    },
    createDefinition,
  ),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'resource-definition'],
      summary: 'Change a resource definition',
      missing: 'another drbd_port or layer_stack',
      body: z.strictObject({
        drbd_port: int.optional(),
        drbd_peer_slots: int.optional(),
        layer_stack: z.array(text).optional(),
        resource_group: text.optional(),
        ...propertyChanges,
      }),
    },
    async (call) => {
      const { resource: definition } = call.params
      const { drbd_port, drbd_peer_slots, layer_stack, resource_group, ...given } = call.body
      const row = definitionIn(call, definition)
      if (!row) return
      if (isOtherStack(row, layer_stack)) call.say(notSupported('Another layer stack'))
      else if (drbd_port !== undefined && drbd_port !== row.preferredPort) {
        call.say(notSupported('Another DRBD port of a definition'))
      } else {
        const done = await call.command('resource-definition.modify', {
          definition,
          ...(drbd_peer_slots === undefined ? {} : { peerSlots: drbd_peer_slots }),
          ...(resource_group === undefined ? {} : { group: resource_group }),
          ...propertyArgs(given),
        })
        if (!done) return
        const refs = { RscDfn: definition }
        await sayChanged(call, done, { noun, name: definition, refs, given, definition })
      }
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'resource-definition'],
      summary: 'Remove a definition with all its resources and their data',
      body: noBody,
    },
    deleteDefinition,
  ),
]

function* viewsOf(
  state: State,
  rows: readonly ResourceDefinition[],
  withVolumes: boolean,
): Generator<object> {
  for (const row of rows) yield definitionView(state, row, { withVolumes })
}

async function createDefinition(call: Call<unknown, z.infer<typeof CreateBody>>): Promise<void> {
  const { resource_definition: given, drbd_port, drbd_peer_slots, drbd_transport_type } = call.body
  if (drbd_transport_type !== undefined && drbd_transport_type.toUpperCase() !== 'IP') {
    call.say(
      notSupported(
        `DRBD transport ${drbd_transport_type} by this field`,
        'Set the property DrbdOptions/Net/transport.',
      ),
    )
    return
  }
  const name = definitionName(call, given.name, given.external_name)
  if (name === undefined) return
  const done = await call.command('resource-definition.create', {
    definition: name,
    ...(given.external_name === undefined ? {} : { externalName: given.external_name }),
    ...(given.resource_group_name === undefined ? {} : { group: given.resource_group_name }),
    ...layerArgs(given.layer_data?.map(({ type }) => type)),
    ...(drbd_peer_slots === undefined ? {} : { peerSlots: drbd_peer_slots }),
    ...(drbd_port === undefined ? {} : { port: drbd_port }),
    ...(given.props === undefined ? {} : { props: given.props }),
  })
  if (!done) return
  const row = definitionOf(call.world.state, name)
  const uuid = row && uuidOf(row.origin, 'resource-definition', name)
  // Clients that know it by an external name learn from the first entry what it is called here.
  call.say(created(noun, name, { RscDfn: name }, uuid))
}

/** The given name, or one that is made of the external name; undefined: there is neither. */
export function definitionName(
  call: Call,
  name: string | undefined,
  external: string | undefined,
): string | undefined {
  if (name !== undefined && name !== '') return name
  const { definitions } = call.world.state
  if (external !== undefined) {
    const isTaken = (candidate: string) => definitions.has(nameKey(candidate))
    return nameFromExternal(external, { isTaken, random: randomUUID })
  }
  call.fail('FAIL_INVLD_RSC_NAME', 'A name or an external name is needed.')
  return undefined
}

async function deleteDefinition(call: Call<{ readonly resource: string }>): Promise<void> {
  const { resource: definition } = call.params
  const refs = { RscDfn: definition }
  const { state } = call.world
  if (!definitionOf(state, definition)) {
    call.say(nothingToDelete(noun, definition, refs))
    return
  }
  const hasSnapshots = state.snapshots.countBy('definition', nameKey(definition)) > 0
  const instead = hasSnapshots ? ({ 'in-use': 'FAIL_EXISTS_SNAPSHOT_DFN' } as const) : {}
  const args = { definition, skipTrash: !mayBeTrashed(state, definition) }
  const done = await call.command('resource-definition.delete', args, instead)
  if (!done) return
  const what = `The deletion of resource definition '${definition}'`
  if (await operationIsOver(call, done, { definition, what, refs })) {
    call.say(deleted(noun, definition, refs))
  }
}

function mayBeTrashed(state: State, definition: string): boolean {
  const row = definitionOf(state, definition)
  const group = row && groupOf(state, row.group)
  return isTrashOverRest([row?.props, group?.props, controllerProps(state)])
}

function isOtherStack({ layers }: ResourceDefinition, asked: readonly string[] | undefined) {
  if (asked === undefined || asked.length === 0) return false
  return asked.join().toUpperCase() !== layers.join()
}
