/** A snapshot that was taken for a clone becomes that clone as soon as it is whole. */
import type { Command } from '@varve/events'
import type { Facts } from './facts.ts'

export function clonePolicy({ snapshots }: Facts): Command[] {
  return snapshots
    .filter(({ phase, cloneTo, cloned }) => phase === 'ready' && cloneTo !== undefined && !cloned)
    .map(({ definition, name: snapshot }) => ({
      type: 'clone.place',
      args: { definition, snapshot },
    }))
}
