/** The controller: its version, which every client reads first, and its properties. */
import { controllerProps } from '@varve/events'
import { z } from 'zod'
import { propertyChanges } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { sayChanged } from '../wait/taken-over.ts'

/**
 * What clients take us for: they refuse verbs by `rest_api_version`, and some compare `version`.
 * It has to be numbers and dots.
 */
const answersAs = { version: '1.34.0', rest_api_version: '1.28.0' }

const noun = 'controller'

export const controllerRoutes: readonly Route[] = [
  read('/v1/controller/version', 'Version of the controller and of the API', (call) =>
    json({
      ...answersAs,
      git_hash: `varve-${call.world.controller?.version ?? 'unknown'}`,
      build_time: '2026-01-01T00:00:00+00:00',
    }),
  ),
  read('/v1/controller/properties', 'Properties of the controller', (call) =>
    json(controllerProps(call.world.state)),
  ),
  change(
    {
      method: 'POST',
      path: '/v1/controller/properties',
      on: ['modify', 'controller'],
      summary: 'Set and delete properties of the controller',
      success: 201,
      body: z.strictObject(propertyChanges),
    },
    async (call) => {
      const done = await call.command('controller.modify', propertyArgs(call.body))
      if (done) await sayChanged(call, done, { noun, name: noun, refs: {}, given: call.body })
    },
  ),
  change(
    {
      method: 'DELETE',
      path: '/v1/controller/properties/{key...}',
      on: ['delete', 'controller'],
      summary: 'Delete a property of the controller',
      body: noBody,
    },
    async (call) => {
      const given = { delete_props: [call.params.key] }
      const done = await call.command('controller.modify', propertyArgs(given))
      if (done) await sayChanged(call, done, { noun, name: noun, refs: {}, given })
    },
  ),
]
