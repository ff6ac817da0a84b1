/** What the documents of one definition are made of, looked up once for all of its resources. */
import {
  controllerProps,
  definitionOf,
  groupOf,
  type Node,
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
      chain: [resource.props, definition.props, groupProps, node?.props, last],
    }
  })
  return { state, definition, groupProps, controllerProps: last, members }
}

function partOf(state: State, rows: readonly VolumeDefinition[], volume: Volume): Part {
  return {
    volume,
    row: rows.find(({ number }) => number === volume.number),
    pool: volume.pool === undefined ? undefined : poolOf(state, volume.node, volume.pool),
  }
}
