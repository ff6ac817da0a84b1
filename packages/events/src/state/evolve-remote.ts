/** Remotes: places outside the cluster. */
import type { EventOf } from '../event.ts'
import { nameKey } from '../names.ts'
import type { Origin } from './records.ts'
import type { State } from './state.ts'

export function remoteCreated(
  state: State,
  { remote, kind, settings, secrets }: EventOf<'remote.created'>,
  origin: Origin,
): void {
  state.remotes.set(nameKey(remote), { name: remote, kind, settings, secrets, origin })
}

export function remoteChanged(
  state: State,
  { remote, settings, secrets }: EventOf<'remote.changed'>,
): void {
  const row = state.remotes.get(nameKey(remote))
  if (row) state.remotes.set(nameKey(remote), { ...row, settings, secrets })
}

export function remoteDeleted(state: State, { remote }: EventOf<'remote.deleted'>): void {
  state.remotes.delete(nameKey(remote))
}
