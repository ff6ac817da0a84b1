/** A snapshot that was taken for a clone becomes that clone as soon as it is whole. */
import { type Command, type State, snapshotsOf } from '@varve/events'

export function clonePolicy(state: State, definition: string): Command[] {
  return snapshotsOf(state, definition)
    .filter(({ phase, cloneTo, cloned }) => phase === 'ready' && cloneTo !== undefined && !cloned)
    .map(({ definition: of, name: snapshot }) => ({
      type: 'clone.place',
      args: { definition: of, snapshot },
    }))
}
