/** Volumes of a resource. */
import { volumeDefinitionOf, volumesOf } from '@varve/events'
import { z } from 'zod'
import { propertyChanges } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import type { Call } from '../call.ts'
import { change, json, type Route, read } from '../route.ts'
import { believed } from '../views/resource.ts'
import { volumeView } from '../views/volume.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { definitionIn, resourceIn } from './find.ts'

const path = '/v1/resource-definitions/{resource}/resources/{node}/volumes'
const one = '/v1/resource-definitions/{resource}/resources/{node}/volumes/{volume_number}'

export const volumeRoutes: readonly Route[] = [
  read(path, 'Volumes of a resource', (call) => {
    const rows = volumesIn(call, call.params.resource, call.params.node)
    return rows && json(call.asked.query.page(rows).map(({ view }) => view))
  }),
  read(one, 'One volume', (call) => {
    const { resource, node, volume_number } = call.params
    const rows = volumesIn(call, resource, node)
    const row = rows?.find(({ number }) => number === Number(volume_number))
    if (row) return json(row.view)
    const message = `Resource '${resource}' on node '${node}' has no volume ${volume_number}.`
    const refs = { RscDfn: resource, Node: node, VlmNr: volume_number }
    if (rows) call.fail('FAIL_NOT_FOUND_VLM', message, refs)
    return undefined
  }),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'volume'],
      summary: 'Change a volume’s properties',
      body: z.strictObject(propertyChanges),
    },
    async (call) => {
      const { resource: definition, node, volume_number } = call.params
      const number = Number(volume_number)
      const args = { definition, node, number, ...propertyArgs(call.body) }
      const done = await call.command('volume.modify', args)
      if (!done) return
      const refs = { RscDfn: definition, Node: node, VlmNr: volume_number }
      const name = `${volume_number} of ${definition} on ${node}`
      await sayChanged(call, done, { noun: 'volume', name, refs, given: call.body, definition })
    },
  ),
]

function volumesIn(call: Call, definitionName: string, node: string) {
  const resource = resourceIn(call, definitionName, node)
  const definition = resource && definitionIn(call, definitionName)
  if (!resource || !definition) return undefined
  const { world } = call
  const observed = believed(world, resource)
  return volumesOf(world.state, definition.name, resource.node).map((volume) => {
    const { number } = volume
    const sight = {
      volume,
      definition: volumeDefinitionOf(world.state, definition.name, number),
      seen: observed?.volumes.find((one) => one.number === number),
    }
    const view = volumeView(world.state, { definition, resource, observed }, sight)
    return { number, view }
  })
}
