/** Commands about the links between two nodes. */
import { z } from 'zod'
import { DefinitionName, NetInterfaceName, NodeName, PathName } from '../names.ts'
import { changes } from './fields.ts'

/** Two different nodes, in either order. */
const pair = { nodeA: NodeName, nodeB: NodeName }
const path = { path: PathName, interfaceA: NetInterfaceName, interfaceB: NetInterfaceName }

export const connectionCommands = {
  'node-connection.modify': z.strictObject({ ...pair, ...changes }),
  'node-connection.create-path': z.strictObject({ ...pair, ...path }),
  'node-connection.delete-path': z.strictObject({ ...pair, path: PathName }),
  'resource-connection.modify': z.strictObject({
    definition: DefinitionName,
    ...pair,
    ...changes,
  }),
  'resource-connection.create-path': z.strictObject({
    definition: DefinitionName,
    ...pair,
    ...path,
  }),
  'resource-connection.delete-path': z.strictObject({
    definition: DefinitionName,
    ...pair,
    path: PathName,
  }),
}
