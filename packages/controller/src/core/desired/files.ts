/** The files that a node gets with its resources. */
import {
  type DesiredFile,
  definitionOf,
  filesIn,
  nameKey,
  resourceOf,
  resourcesOf,
  type State,
} from '@varve/events'

/** Sorted by path; those of all its resources, each once. */
export function desiredFiles(state: State, node: string): DesiredFile[] {
  const paths = new Set<string>()
  for (const { name, props } of state.definitions.by('hasFiles', 'yes')) {
    if (resourceOf(state, name, node)) for (const path of filesIn(props)) paths.add(path)
  }
  return [...paths].sort().flatMap((path) => {
    const row = state.externalFiles.get(path)
    return row ? [{ path, content: row.content, altSuffixes: [...row.altSuffixes] }] : []
  })
}

/** Keys of nodes with a resource of a definition that has the file. */
export function nodesWithFile(state: State, file: string): string[] {
  return state.definitions
    .by('hasFiles', 'yes')
    .filter(({ props }) => filesIn(props).includes(file))
    .flatMap(({ name }) => nodesOf(state, name))
}

export const nodesOf = (state: State, definition: string): string[] =>
  resourcesOf(state, definition).map(({ node }) => nameKey(node))

export function hasFiles(state: State, definition: string): boolean {
  const props = definitionOf(state, definition)?.props
  return props !== undefined && filesIn(props).length > 0
}
