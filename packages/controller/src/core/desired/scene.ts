/** What the documents of one definition are made of, looked up once for all of its resources. */
import {
  controllerProps,
  definitionOf,
  groupOf,
  type Node,
  nameKey,
  nodeOf,
  type Props,
  poolOf,
  type Resource,
  type ResourceDefinition,
  resourcesOf,
  type State,
  type StoragePool,
  type Volume,
  type VolumeDefinition,
  volumeDefinitionsOf,
  volumesOf,
} from '@varve/events'

export type Scene = {
  readonly state: State
  readonly definition: ResourceDefinition
  readonly groupProps: Props | undefined
  readonly controllerProps: Props
  /** Definitions of its volumes, by number. */
  readonly rows: readonly VolumeDefinition[]
  /** False: nothing is set for any connection of its resources, or of any nodes. */
  readonly hasConnections: boolean
  /** By node name. */
  readonly members: readonly Member[]
}

/** One resource of the definition. */
export type Member = {
  readonly resource: Resource
  readonly node: Node | undefined
  /** By number. */
  readonly parts: readonly Part[]
  /**
   * R > RD > RG > N > C: the order for everything that holds for a whole resource (reference 3.1).
   */
  readonly chain: readonly (Props | undefined)[]
  /** False: neither the resource nor its node add anything to the chain. */
  readonly hasOwnProps: boolean
}

/** One volume of it; `pool` is undefined on diskless resources. */
export type Part = {
  readonly volume: Volume
  readonly row: VolumeDefinition | undefined
  readonly pool: StoragePool | undefined
}

/** Undefined: there is no such definition. */
export function sceneOf(state: State, name: string): Scene | undefined {
  const definition = definitionOf(state, name)
  if (!definition) return undefined
  const groupProps = groupOf(state, definition.group)?.props
  const last = controllerProps(state)
  const rows = volumeDefinitionsOf(state, name)
  const members = resourcesOf(state, name).map((resource): Member => {
    const node = nodeOf(state, resource.node)
    return {
      resource,
      node,
      parts: volumesOf(state, name, resource.node).map((volume) => partOf(state, rows, volume)),
      hasOwnProps: !isEmpty(resource.props) || (node !== undefined && !isEmpty(node.props)),
      chain: [resource.props, definition.props, groupProps, node?.props, last],
    }
  })
  const hasConnections =
    state.nodeConnections.size > 0 ||
    state.resourceConnections.countBy('definition', nameKey(name)) > 0
  return { state, definition, groupProps, controllerProps: last, rows, hasConnections, members }
}

export function isEmpty(props: Props): boolean {
  for (const _key in props) return false
  return true
}

function partOf(state: State, rows: readonly VolumeDefinition[], volume: Volume): Part {
  return {
    volume,
    row: rows.find(({ number }) => number === volume.number),
    pool: volume.pool === undefined ? undefined : poolOf(state, volume.node, volume.pool),
  }
}
