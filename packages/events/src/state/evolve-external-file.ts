/** External files. Paths are compared with case, as file systems do it. */
import type { EventOf } from '../event.ts'
import type { Origin } from './records.ts'
import type { State } from './state.ts'

export function fileWritten(
  state: State,
  { file, content, altSuffixes }: EventOf<'external-file.written'>,
  origin: Origin,
): void {
  const before = state.externalFiles.get(file)
  const row = { path: file, content, altSuffixes, origin: before?.origin ?? origin }
  state.externalFiles.set(file, row)
}

export function fileDeleted(state: State, { file }: EventOf<'external-file.deleted'>): void {
  state.externalFiles.delete(file)
}
