/** Which path of a connection uses a net interface. */
import {
  type Node,
  type NodeConnection,
  nameKey,
  pathsOf,
  resourceConnectionsOf,
  resourcesOn,
  type State,
} from '@varve/events'

/** In words, `path p1 between n1 and n2`; undefined: none uses it. */
export function pathThrough(state: State, node: Node, netInterface: string): string | undefined {
  const key = nameKey(node.name)
  const ofNode = [
    ...state.nodeConnections.by('first', key),
    ...state.nodeConnections.by('second', key),
  ]
  const ofResources = resourcesOn(state, node.name).flatMap(({ definition }) =>
    resourceConnectionsOf(state, definition),
  )
  for (const connection of [...ofNode, ...ofResources]) {
    const path = pathOf(connection, key, nameKey(netInterface))
    if (path !== undefined) return `path ${path} between ${connection.nodes.join(' and ')}`
  }
  return undefined
}

function pathOf({ props }: NodeConnection, node: string, netInterface: string): string | undefined {
  for (const [path, ends] of pathsOf(props)) {
    const isThrough = ends.some(
      (end) => nameKey(end.node) === node && nameKey(end.netInterface) === netInterface,
    )
    if (isThrough) return path
  }
  return undefined
}
