/** Resources that are taken out of use on a node, and into use: of shared storage on one at a time. */
import type { Call } from '../call.ts'
import { change, noBody, type Route } from '../route.ts'
import { operationIsOver } from '../wait/operation.ts'
import { resourcesAreThere } from '../wait/ready.ts'
import { definitionIn } from './find.ts'

const path = '/v1/resource-definitions/{resource}/resources/{node}'

export const activityRoutes: readonly Route[] = [
  change(
    {
      method: 'POST',
      path: `${path}/activate`,
      on: ['modify', 'resource'],
      summary: 'Use a resource on a node',
      body: noBody,
    },
    activate,
  ),
  change(
    {
      method: 'POST',
      path: `${path}/deactivate`,
      on: ['modify', 'resource'],
      summary: 'Close a resource on a node; its storage stays',
      body: noBody,
    },
    deactivate,
  ),
]

type OnNode = Call<{ readonly resource: string; readonly node: string }>

async function activate(call: OnNode): Promise<void> {
  const { node } = call.params
  const definition = definitionIn(call, call.params.resource)?.name
  if (definition === undefined) return
  const done = await call.command('resource.activate', { definition, node })
  if (!done) return
  const refs = { RscDfn: definition, Node: node }
  if (done.unchanged) {
    const message = `Resource '${definition}' on node '${node}' is active already.`
    call.say({ code: 'INFO_NOOP', message, refs })
    return
  }
  const message = `Resource '${definition}' on node '${node}' is activated.`
  call.say({ code: 'MODIFIED', message, refs })
  await resourcesAreThere(call, definition, done, { node })
}

async function deactivate(call: OnNode): Promise<void> {
  const { node } = call.params
  const definition = definitionIn(call, call.params.resource)?.name
  if (definition === undefined) return
  const done = await call.command('resource.deactivate', { definition, node })
  if (!done) return
  const refs = { RscDfn: definition, Node: node }
  if (done.unchanged && done.operation === undefined) {
    const message = `Resource '${definition}' on node '${node}' is inactive already.`
    call.say({ code: 'INFO_NOOP', message, refs })
    return
  }
  const what = `The deactivation of resource '${definition}' on node '${node}'`
  if (!(await operationIsOver(call, done, { definition, what, refs }))) return
  const message = `Resource '${definition}' on node '${node}' is deactivated.`
  call.say({ code: 'MODIFIED', message, refs })
}
