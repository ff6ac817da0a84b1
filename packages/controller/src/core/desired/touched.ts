/** Which documents an event may have changed: only those are compiled again. */
import {
  type EventType,
  fileNamespace,
  keyOf,
  type Noun,
  nameKey,
  type Reference,
  readReference,
  type State,
  snapshotsOf,
  turnIn,
  type VarveEvent,
} from '@varve/events'
import { hasFiles, nodesOf, nodesWithFile } from './files.ts'

/** Keys of definitions (all their resources' documents) and of nodes (the node's own document). */
export type Touched = {
  readonly definitions: Set<string>
  readonly nodes: Set<string>
  /** `definition/node` where nothing may be left: their subjects are cleared then. */
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
    if (event.key.startsWith(fileNamespace)) {
      const [definition = ''] = readReference(event.of).names
      for (const node of nodesOf(state, definition)) touched.nodes.add(node)
    }
    return
  }
  if (leavesDocuments.has(event.type)) return
  if (event.type === 'encryption.unlocked') {
    for (const row of state.volumeDefinitions.values()) {
      if (row.luksKey !== undefined) touched.definitions.add(nameKey(row.definition))
    }
    return
  }
  if (event.type === 'external-file.written') {
    for (const node of nodesWithFile(state, event.file)) touched.nodes.add(node)
  }
  if (changesReplicas.has(event.type) && 'definition' in event && 'node' in event) {
    if (hasFiles(state, event.definition)) touched.nodes.add(nameKey(event.node))
  }
  if (event.type === 'snapshot.deleted') touchRestored(touched, state, event)
  // On ZFS its snapshots have other names now.
  if (event.type === 'resource.deleted') {
    for (const { name: snapshot } of snapshotsOf(state, event.definition)) {
      touchRestored(touched, state, { definition: event.definition, snapshot })
    }
  }
  if (event.type === 'space.turn-ended' || event.type === 'space.turn-passed') {
    const next = turnIn(state, event.space)
    if (next) touched.definitions.add(nameKey(next.definition))
  }
  if ('definition' in event) touched.definitions.add(nameKey(event.definition))
  if (leavesNode.has(event.type) && 'definition' in event && 'node' in event) {
    touched.gone.add(`${nameKey(event.definition)}/${nameKey(event.node)}`)
  }
  if (changesNodeDocument.has(event.type) && 'node' in event) {
    touched.nodes.add(nameKey(event.node))
  }
  if (changesPeers.has(event.type) && 'node' in event) touchNode(touched, state, event.node)
}

/** Reports of how far a volume is; most entries of a busy cluster are of these. */
const leavesDocuments: ReadonlySet<EventType> = new Set([
  'volume.disk-changed',
  'volume.deployed',
  'volume.restored',
  'rollback.node-reached',
  'proposal.made',
  'proposal.closed',
  'redundancy.rebuilding',
  'redundancy.restored',
  'resource.opened',
  'resource.closed',
  'auto-diskful.finished',
])

/** Events after which a node has a replica, or has none: its definition's files come and go with it. */
const changesReplicas: ReadonlySet<EventType> = new Set([
  'resource.created',
  'resource.deleted',
  'resource.lost',
])

/** Events after which nothing of the definition may be left on the node. */
const leavesNode: ReadonlySet<EventType> = new Set([
  'resource.deleted',
  'resource.lost',
  'debt.paid',
  'debt.forgiven',
  'snapshot.part-deleted',
  'snapshot.copy-removed',
  'snapshot.copy-lost',
])

/** Events after which the document about the node itself is another. */
const changesNodeDocument: ReadonlySet<EventType> = new Set([
  'node.created',
  'node.deleted',
  'node.lost',
  'storage-pool.created',
  'storage-pool.deleted',
  'device-pool.creation-started',
  'device-pool.created',
  'device-pool.failed',
  'device-pool.deletion-started',
  'device-pool.deletion-failed',
  'device-pool.deleted',
])

/** Events of a node that stand in the documents of its resources and of their peers. */
const changesPeers: ReadonlySet<EventType> = new Set([
  'storage-pool.measured',
  'net-interface.created',
  'net-interface.changed',
  'net-interface.deleted',
  'node.described',
  'node.key-changed',
])

function touchReference(touched: Touched, state: State, of: Reference): void {
  const { noun, names } = readReference(of)
  const [first = ''] = names
  if (noun === 'controller') {
    for (const key of state.definitions.keys()) touched.definitions.add(key)
  } else if (noun === 'node' || noun === 'storage-pool') {
    touched.nodes.add(nameKey(first))
    touchNode(touched, state, first)
  } else if (noun === 'resource-group') {
    for (const key of state.definitions.keysBy('group', nameKey(first))) {
      touched.definitions.add(key)
    }
  } else if (noun === 'node-connection') {
    touchNode(touched, state, first)
  } else if (ofDefinition.has(noun)) {
    touched.definitions.add(nameKey(first))
  }
}

/** Nouns whose first name is that of their resource definition. */
const ofDefinition: ReadonlySet<Noun> = new Set([
  'resource-definition',
  'volume-definition',
  'resource',
  'volume',
  'resource-connection',
])

/** Volumes that were made from it name it in their documents. */
function touchRestored(
  touched: Touched,
  state: State,
  { definition, snapshot }: { readonly definition: string; readonly snapshot: string },
): void {
  for (const volume of state.volumes.by('from', keyOf(definition, snapshot))) {
    touched.definitions.add(nameKey(volume.definition))
  }
}

/** A node's addresses and units stand in the documents of all peers of its resources. */
function touchNode(touched: Touched, state: State, node: string): void {
  for (const resource of state.resources.by('node', nameKey(node))) {
    touched.definitions.add(nameKey(resource.definition))
  }
}
