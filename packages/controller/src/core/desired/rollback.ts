/** What every node of a definition shall do while it goes back to a snapshot. */
import type { DesiredRollback, ResourceDefinition } from '@varve/events'

/** Undefined: nothing, it is to be up. */
export function desiredRollback({ rollback }: ResourceDefinition): DesiredRollback | undefined {
  if (!rollback || rollback.phase === 'starting') return undefined
  const { operation, snapshot, phase } = rollback
  return { operation, snapshot, step: phase === 'stopping' ? 'stop' : 'roll-back' }
}
