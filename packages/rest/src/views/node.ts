/** Nodes and their net interfaces as LINSTOR's clients know them. */
import { type Capabilities, type NetInterface, type Node, nameKey } from '@varve/events'
import { uuidOf } from './uuid.ts'

/** Port that LINSTOR's satellites listen on; ours call the controller, so nobody uses it. */
const satellitePort = 3366
/** Property that names the net interface of the connection to the satellite. */
const activeKey = 'CurStltConnName'

export function nodeView(node: Node): object {
  const active = activeInterface(node)
  return {
    name: node.name,
    type: node.kind.toUpperCase(),
    flags: flagsOf(node),
    props: active === undefined ? node.props : { [activeKey]: active.name, ...node.props },
    net_interfaces: node.interfaces.map((row) => netInterfaceView(node, row)),
    connection_status: node.link.status === 'online' ? 'ONLINE' : 'OFFLINE',
    uuid: uuidOf(node.origin, 'node', node.name),
    ...(node.capabilities ? abilities(node.capabilities) : {}),
    platform: 'LINUX',
  }
}

/** Emptied by the policy, since it had been away for too long; not by a person. */
export function isEvicted({ evacuation, evicted }: Node): boolean {
  return evicted !== undefined && evicted.operation === evacuation?.operation
}

function flagsOf(node: Node): string[] | undefined {
  const { phase, evacuation } = node
  const flags = [
    ...(phase.status === 'deleting' ? ['DELETE'] : []),
    ...(evacuation ? [isEvicted(node) ? 'EVICTED' : 'EVACUATE'] : []),
  ]
  return flags.length === 0 ? undefined : flags
}

export function netInterfaceView(node: Node, row: NetInterface): object {
  const isActive = row === activeInterface(node)
  return {
    name: row.name,
    address: row.address,
    ...(isActive || row.port !== undefined
      ? { satellite_port: row.port ?? satellitePort, satellite_encryption_type: 'PLAIN' }
      : {}),
    is_active: isActive,
    uuid: uuidOf(node.origin, 'net-interface', node.name, row.name),
  }
}

export function interfaceOf(node: Node, name: string): NetInterface | undefined {
  return node.interfaces.find((row) => nameKey(row.name) === nameKey(name))
}

export function activeInterface(node: Node): NetInterface | undefined {
  const wanted = node.props[activeKey]
  return (wanted === undefined ? undefined : interfaceOf(node, wanted)) ?? node.interfaces[0]
}

function abilities({ providers, layers }: Capabilities): object {
  return {
    storage_providers: ['DISKLESS', ...able(providers)],
    resource_layers: able(layers),
    unsupported_providers: reasons(providers),
    unsupported_layers: reasons(layers),
  }
}

type Abilities = Capabilities['providers'] | Capabilities['layers']

function able(of: Abilities): string[] {
  return Object.entries(of).flatMap(([name, ability]) =>
    ability.able && name !== 'DISKLESS' ? [name] : [],
  )
}

function reasons(of: Abilities): object {
  const found = Object.entries(of).flatMap(([name, ability]) =>
    ability.able ? [] : [[name, [ability.reason]] as const],
  )
  return Object.fromEntries(found)
}
