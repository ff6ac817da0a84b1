/** What holds between a resource and one peer alone: options of the connection, and its paths. */
import {
  type DrbdPath,
  drbdSection,
  nameKey,
  nodeConnectionOf,
  nodeOf,
  type Props,
  pathsOf,
  resourceConnectionOf,
  type State,
} from '@varve/events'
import type { Member, Scene } from './scene.ts'

export type Connection = {
  readonly net: Props
  readonly disk: Props
  readonly paths?: DrbdPath[] | undefined
}

const none: Props = {}

/** `plain`: what holds with every peer of the resource for which nothing of its own is set. */
export function connectionTo(
  scene: Scene,
  member: Member,
  peer: string,
  plain: Connection,
): Connection {
  if (!scene.hasConnections) return plain
  const { state, definition, groupProps } = scene
  const nodes = [member.resource.node, peer] as const
  const own = resourceConnectionOf(state, definition.name, nodes)?.props ?? none
  const shared = nodeConnectionOf(state, nodes)?.props ?? none
  if (own === none && shared === none) return plain
  const paths = addressesOf(state, nodes, { ...shared, ...own })
  const last = [groupProps, scene.controllerProps]
  return {
    net: netOf([own, definition.props, shared, ...last], [own, shared]),
    disk: peerOptions(member, own, shared),
    paths: paths.length === 0 ? undefined : paths,
  }
}

function peerOptions(member: Member, own: Props, shared: Props): Props {
  const [resource, definition, ...last] = member.chain
  return drbdSection('PeerDevice', [own, resource, definition, shared, ...last])
}

/**
 * Only options that the connection itself has: all others stand in the resource's own section. A
 * definition's value goes before that of two nodes (reference 3.1: RC > RD > NC > RG > C).
 */
function netOf(chain: readonly (Props | undefined)[], connection: readonly Props[]): Props {
  const inherited = drbdSection('Net', chain)
  const own = drbdSection('Net', connection)
  return Object.fromEntries(Object.entries(inherited).filter(([name]) => Object.hasOwn(own, name)))
}

/** A resource's paths and then those of its nodes; one of the same name is the resource's. */
function addressesOf(state: State, [self, peer]: readonly [string, string], props: Props) {
  return [...pathsOf(props).values()].flatMap((ends): DrbdPath[] => {
    const address = (name: string) => {
      const end = ends.find((row) => nameKey(row.node) === nameKey(name))
      const interfaces = nodeOf(state, name)?.interfaces
      const found = interfaces?.find(
        (row) => end !== undefined && nameKey(row.name) === nameKey(end.netInterface),
      )
      return found?.address
    }
    const [own, other] = [address(self), address(peer)]
    return own === undefined || other === undefined ? [] : [{ self: own, peer: other }]
  })
}
