/** Nodes that are emptied, and come back; and those that are to be heard again. */
import { nodeOf } from '@varve/events'
import { z } from 'zod'
import { modified } from '../answer/say.ts'
import { flag, text } from '../body/lenient.ts'
import { change, noBody, type Route } from '../route.ts'
import { sayUnlessConnected } from './node.ts'

const names = z
  .array(text)
  .transform((given) => (given.length === 0 ? undefined : given))
  .optional()

export const nodeEvacuateRoutes: readonly Route[] = [
  change(
    {
      method: 'PUT',
      path: '/v1/nodes/{node}/reconnect',
      on: ['modify', 'node'],
      summary: 'Whether a satellite is heard: it connects by itself, so there is nothing to do',
      body: noBody,
    },
    async (call) => {
      const { node } = call.params
      if (!nodeOf(call.world.state, node)) {
        call.fail('FAIL_NOT_FOUND_NODE', `There is no node '${node}'.`, { Node: node })
        return
      }
      const message = `The satellite of node '${node}' connects by itself.`
      call.say({ code: 'MODIFIED', message, refs: { Node: node } })
      await sayUnlessConnected(call, node)
    },
  ),
  change(
    {
      method: 'PUT',
      path: '/v1/nodes/{node}/evacuate',
      on: ['modify', 'node'],
      summary: 'Replace a node’s replicas elsewhere; the answer comes when that has begun',
      body: z.strictObject({ target: names, do_not_target: names }),
    },
    async (call) => {
      const { node } = call.params
      const { target, do_not_target: doNotTarget } = call.body
      const done = await call.command('node.evacuate', {
        node,
        ...(target === undefined ? {} : { target }),
        ...(doNotTarget === undefined ? {} : { doNotTarget }),
      })
      if (done) call.say(modified('node', node, { Node: node }))
    },
  ),
  change(
    {
      method: 'PUT',
      path: '/v1/nodes/{node}/evict',
      on: ['modify', 'node'],
      summary: 'Empty a node that is away, as the policy does it',
      body: noBody,
    },
    async (call) => {
      const { node } = call.params
      if (await call.command('node.evict', { node })) {
        call.say(modified('node', node, { Node: node }))
      }
    },
  ),
  change(
    {
      method: 'PUT',
      path: '/v1/nodes/{node}/restore',
      on: ['modify', 'node'],
      summary: 'Take a node back that was to be emptied',
      body: z.strictObject({
        delete_resources: flag.optional(),
        delete_snapshots: flag.optional(),
      }),
    },
    async (call) => {
      const { node } = call.params
      const args = {
        node,
        ...(call.body.delete_resources ? { deleteResources: true } : {}),
        ...(call.body.delete_snapshots ? { deleteSnapshots: true } : {}),
      }
      if (!(await call.command('node.restore', args))) return
      call.say(modified('node', node, { Node: node }))
    },
  ),
]
