/** Which documents an event may have changed: only those are compiled again. */
import { nameKey, type Reference, readReference, type State, type VarveEvent } from '@varve/events'

/** Keys of definitions (all their resources' documents) and of nodes (the node's own document). */
export type Touched = {
  readonly definitions: Set<string>
  readonly nodes: Set<string>
  /** `definition/node` of resources that no longer exist: their subjects are cleared. */
  readonly gone: Set<string>
}

export const nothingTouched = (): Touched => ({
  definitions: new Set(),
  nodes: new Set(),
  gone: new Set(),
})

/** `state` is the one after the event. */
export function touch(touched: Touched, state: State, event: VarveEvent): void {
  if (event.type === 'property.set' || event.type === 'property.deleted') {
    touchReference(touched, state, event.of)
    return
  }
  if ('definition' in event) touched.definitions.add(nameKey(event.definition))
  switch (event.type) {
    case 'resource.deleted':
    case 'resource.lost':
      touched.gone.add(`${nameKey(event.definition)}/${nameKey(event.node)}`)
      return
    case 'node.created':
    case 'node.deleted':
    case 'node.lost':
    case 'storage-pool.created':
    case 'storage-pool.deleted':
      touched.nodes.add(nameKey(event.node))
      return
    case 'storage-pool.measured':
    case 'net-interface.created':
    case 'net-interface.changed':
    case 'net-interface.deleted':
    case 'node.described':
      touchNode(touched, state, event.node)
      return
    default:
      return
  }
}

function touchReference(touched: Touched, state: State, of: Reference): void {
  const { noun, names } = readReference(of)
  const [first = ''] = names
  switch (noun) {
    case 'controller':
      for (const key of state.definitions.keys()) touched.definitions.add(key)
      return
    case 'node':
      touched.nodes.add(nameKey(first))
      touchNode(touched, state, first)
      return
    case 'storage-pool':
      touched.nodes.add(nameKey(first))
      touchNode(touched, state, first)
      return
    case 'resource-group':
      for (const key of state.definitions.keysBy('group', nameKey(first))) {
        touched.definitions.add(key)
      }
      return
    case 'resource-definition':
    case 'volume-definition':
    case 'resource':
    case 'volume':
      touched.definitions.add(nameKey(first))
      return
    default:
      return
  }
}

/** A node's addresses and units stand in the documents of all peers of its resources. */
function touchNode(touched: Touched, state: State, node: string): void {
  for (const resource of state.resources.by('node', nameKey(node))) {
    touched.definitions.add(nameKey(resource.definition))
  }
}
