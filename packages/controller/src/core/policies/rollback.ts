/** A rollback that was to wait for its safety snapshot begins as soon as that is whole. */
import { type Command, type State, snapshotsOf } from '@varve/events'

export function rollbackPolicy(state: State, definition: string): Command[] {
  return snapshotsOf(state, definition)
    .filter(({ phase, rollbackTo }) => phase === 'ready' && rollbackTo !== undefined)
    .map(({ definition: of, name: snapshot }) => ({
      type: 'rollback.begin',
      args: { definition: of, snapshot },
    }))
}
