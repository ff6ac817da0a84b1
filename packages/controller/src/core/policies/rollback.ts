/** A rollback that was to wait for its safety snapshot begins as soon as that is whole. */
import type { Command } from '@varve/events'
import type { Facts } from './facts.ts'

export function rollbackPolicy({ snapshots }: Facts): Command[] {
  return snapshots
    .filter(({ phase, rollbackTo }) => phase === 'ready' && rollbackTo !== undefined)
    .map(({ definition, name: snapshot }) => ({
      type: 'rollback.begin',
      args: { definition, snapshot },
    }))
}
