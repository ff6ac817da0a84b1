/** What holds between a resource and one peer alone: options of the connection, and its paths. */
import {
  controllerProps,
  type DrbdPath,
  definitionOf,
  drbdSection,
  groupOf,
  nameKey,
  nodeConnectionOf,
  nodeOf,
  type Props,
  pathsOf,
  type Resource,
  resourceConnectionOf,
  type State,
} from '@varve/events'

export type Connection = {
  readonly net: Props
  readonly disk: Props
  readonly paths?: DrbdPath[]
}

const none: Props = {}

export function connectionTo(state: State, resource: Resource, peer: string): Connection {
  const nodes = [resource.node, peer] as const
  const own = resourceConnectionOf(state, resource.definition, nodes)?.props ?? none
  const shared = nodeConnectionOf(state, nodes)?.props ?? none
  const definition = definitionOf(state, resource.definition)
  const group = definition && groupOf(state, definition.group)
  const node = nodeOf(state, resource.node)
  const last = [group?.props, node?.props, controllerProps(state)]
  const disk = drbdSection('PeerDevice', [own, resource.props, definition?.props, shared, ...last])
  if (own === none && shared === none) return { net: none, disk }
  const paths = addressesOf(state, nodes, { ...shared, ...own })
  return {
    net: netOf(
      [own, definition?.props, shared, group?.props, controllerProps(state)],
      [own, shared],
    ),
    disk,
    ...(paths.length === 0 ? {} : { paths }),
  }
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
