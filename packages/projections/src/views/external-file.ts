/** External files: how large, and who has them. */
import { bytesOf, type ExternalFile, filesIn, type State } from '@varve/events'

export type ExternalFileRow = {
  readonly path: string
  readonly bytes: number
  readonly altSuffixes: readonly string[]
  /** Definitions whose nodes get it. */
  readonly definitions: readonly string[]
}

export function externalFileRow(state: State, row: ExternalFile): ExternalFileRow {
  const { path, content, altSuffixes } = row
  const definitions = state.definitions
    .by('hasFiles', 'yes')
    .filter(({ props }) => filesIn(props).includes(path))
    .map(({ name }) => name)
  return { path, bytes: bytesOf(content), altSuffixes, definitions }
}
