/** File systems of new volumes: who makes them, decided once, when the first replica is placed. */
import {
  definitionOf,
  fileSystemOf,
  groupOf,
  isLive,
  nameKey,
  type Resource,
  resourceOf,
  resourcesOf,
  type State,
  type VolumeDefinition,
  volumeDefinitionsOf,
  volumeOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'

/**
 * A property that comes later changes nothing: by then the volume may hold data that carries no
 * signature, which no look at the device would find.
 */
export function chooseFormats(draft: Draft, definition: string): void {
  const replicas = diskful(draft.state, definition)
  for (const row of volumeDefinitionsOf(draft.state, definition)) {
    if (row.format !== undefined || !isLive(row) || !isNew(draft.state, row, replicas)) continue
    const maker = replicas.find(({ node }) => node === row.source?.node) ?? replicas[0]
    const fileSystem = maker && fileSystemOf(chainOf(draft.state, row, maker))
    if (!maker || !fileSystem) continue
    const { number } = row
    const chosen = { definition: row.definition, number, node: maker.node, fileSystem }
    draft.record({ type: 'volume-definition.format-chosen', ...chosen })
  }
}

/** The node that was to make one has gone before it did: another one does. */
export function passOnFormats(draft: Draft, definition: string): void {
  for (const row of volumeDefinitionsOf(draft.state, definition)) {
    if (!row.format || row.format.done) continue
    const { node, fileSystem } = row.format
    const replicas = diskful(draft.state, definition)
    if (replicas.some((replica) => nameKey(replica.node) === nameKey(node))) continue
    const [next] = replicas
    if (!next) continue
    const { number } = row
    const chosen = { definition: row.definition, number, node: next.node, fileSystem }
    draft.record({ type: 'volume-definition.format-chosen', ...chosen })
  }
}

function diskful(state: State, definition: string): Resource[] {
  return resourcesOf(state, definition).filter((row) => row.kind === 'diskful' && isLive(row))
}

/** Nothing of it has ever been seen on a node, and its content comes from nowhere. */
function isNew(state: State, row: VolumeDefinition, replicas: readonly Resource[]): boolean {
  if (row.initialized) return false
  return replicas.every(({ node }) => {
    const volume = volumeOf(state, row.definition, node, row.number)
    return volume?.deployedKib === undefined && volume?.from === undefined
  })
}

/** R > VD > RD > RG: as the reference has these properties. */
function chainOf(state: State, row: VolumeDefinition, { definition: name, node }: Resource) {
  const definition = definitionOf(state, name)
  return [
    resourceOf(state, name, node)?.props,
    row.props,
    definition?.props,
    definition && groupOf(state, definition.group)?.props,
  ]
}
