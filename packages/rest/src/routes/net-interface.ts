/** Net interfaces of nodes. */
import { z } from 'zod'
import { created, deleted, nothingToDelete } from '../answer/say.ts'
import { flag, ignored, int, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { interfaceOf, netInterfaceView } from '../views/node.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { nodeIn } from './find.ts'

export const NetInterfaceBody = z.strictObject({
  name: text,
  address: text,
  satellite_port: int.optional(),
  /** Satellites call us over NATS, which has its own encryption. */
  satellite_encryption_type: text.optional(),
  is_active: flag.default(false),
  uuid: ignored,
})

const Changed = z.strictObject({
  ...NetInterfaceBody.shape,
  name: text.optional(),
  address: text.optional(),
  is_active: flag.optional(),
})

const path = '/v1/nodes/{node}/net-interfaces'
const one = '/v1/nodes/{node}/net-interfaces/{netinterface}'

export const netInterfaceRoutes: readonly Route[] = [
  read(path, 'Net interfaces of a node', (call) => {
    const node = nodeIn(call, call.params.node)
    return node && json(node.interfaces.map((row) => netInterfaceView(node, row)))
  }),
  read(one, 'One net interface', (call) => {
    const { node: name, netinterface } = call.params
    const node = nodeIn(call, name)
    const row = node && interfaceOf(node, netinterface)
    if (node && row) return json(netInterfaceView(node, row))
    const message = `Node '${name}' has no net interface '${netinterface}'.`
    if (node) call.fail('FAIL_NOT_FOUND_NET_IF', message, { Node: name, NetIfName: netinterface })
    return undefined
  }),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'net-interface'],
      summary: 'Add a net interface to a node',
      success: 201,
      body: NetInterfaceBody,
    },
    async (call) => {
      const { node } = call.params
      const { name, address, satellite_port: port, is_active: isActive } = call.body
      const args = { node, name, address, ...(port === undefined ? {} : { port }) }
      if (!(await call.command('net-interface.create', args))) return
      if (isActive && !(await activate(call, node, name))) return
      call.say(created('net interface', name, { Node: node, NetIfName: name }))
    },
  ),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'net-interface'],
      summary: 'Change a net interface',
      body: Changed,
    },
    async (call) => {
      const { node, netinterface: name } = call.params
      const { address, satellite_port: port, is_active: isActive } = call.body
      const args = {
        node,
        name,
        ...(address === undefined ? {} : { address }),
        ...(port === undefined ? {} : { port }),
      }
      const done = await call.command('net-interface.modify', args)
      if (!done || (isActive === true && !(await activate(call, node, name)))) return
      const refs = { Node: node, NetIfName: name }
      await sayChanged(call, done, { noun: 'net interface', name, refs })
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'net-interface'],
      summary: 'Remove a net interface',
      body: noBody,
    },
    async (call) => {
      const { node: nodeName, netinterface: name } = call.params
      const refs = { Node: nodeName, NetIfName: name }
      const node = nodeIn(call, nodeName)
      if (!node) return
      if (!interfaceOf(node, name)) call.say(nothingToDelete('net interface', name, refs))
      else if (await call.command('net-interface.delete', { node: nodeName, name })) {
        call.say(deleted('net interface', name, refs))
      }
    },
  ),
]

/** Which one it is stands in a property of the node. */
function activate(call: Call, node: string, name: string) {
  return call.command('node.modify', { node, setProps: { CurStltConnName: name } })
}
