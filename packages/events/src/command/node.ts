/** Commands about nodes and their net interfaces. */
import { z } from 'zod'
import { NodeKind, Props } from '../kinds.ts'
import { NetInterfaceName, NodeName } from '../names.ts'
import { Address, changes, Port } from './fields.ts'

export const nodeCommands = {
  'node.create': z.strictObject({
    node: NodeName,
    kind: NodeKind.default('Satellite'),
    address: Address,
    port: Port.optional(),
    netInterface: NetInterfaceName.optional(),
    props: Props.optional(),
  }),
  'node.modify': z.strictObject({ node: NodeName, kind: NodeKind.optional(), ...changes }),
  'node.delete': z.strictObject({ node: NodeName }),
  /** Its replicas are replaced elsewhere, and go then; it takes no new ones. */
  'node.evacuate': z.strictObject({
    node: NodeName,
    /** Nodes that may take them; default: all. */
    target: z.array(NodeName).min(1).optional(),
    doNotTarget: z.array(NodeName).min(1).optional(),
  }),
  /** Emptying a node that is away, and will not be taken back when it returns unasked. */
  'node.evict': z.strictObject({ node: NodeName }),
  /** Back from an evacuation: what has not begun to go stays. */
  'node.restore': z.strictObject({
    node: NodeName,
    /** Replicas that there are enough of elsewhere by now go, as far as they safely can. */
    deleteResources: z.boolean().optional(),
    /** What it has of snapshots that other nodes have as well goes. */
    deleteSnapshots: z.boolean().optional(),
  }),
  'node.lost': z.strictObject({ node: NodeName }),
  'net-interface.create': z.strictObject({
    node: NodeName,
    name: NetInterfaceName,
    address: Address,
    port: Port.optional(),
  }),
  'net-interface.modify': z.strictObject({
    node: NodeName,
    name: NetInterfaceName,
    address: Address.optional(),
    port: Port.optional(),
  }),
  'net-interface.delete': z.strictObject({ node: NodeName, name: NetInterfaceName }),
}
