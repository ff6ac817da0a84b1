/** What this process knows, for readers beside the controller or instead of it. */
import type { World } from '@varve/projections'
import type { Book } from '../book.ts'
import type { Observatory } from '../observe/observatory.ts'
import type { ControllerOptions } from '../options.ts'
import type { Pulse } from './pulse.ts'
import type { QuerySource } from './queries.ts'

export type ReadSource = QuerySource & Pick<Pulse, 'onChange'>

export type WorldOptions = Pick<ControllerOptions, 'cluster' | 'name' | 'version' | 'keeping'>

/** How long a reader waits for a sequence that is not folded yet. */
const reachMs = 3_000

/** `barrier` is the leader's own; whoever only follows shows nothing that is not stored. */
export function readSource(
  options: WorldOptions,
  parts: { readonly book: Book; readonly observatory: Observatory; readonly pulse: Pulse },
  barrier?: () => Promise<number> | undefined,
): ReadSource {
  const { book, observatory, pulse } = parts
  return {
    world: () => worldOf(options, book, observatory),
    barrier: async () => (await barrier?.()) ?? book.state.position.sequence,
    reach: (sequence) => book.reach(sequence, reachMs),
    onChange: pulse.onChange,
  }
}

function worldOf(options: WorldOptions, book: Book, observatory: Observatory): World {
  return {
    state: book.state,
    observed: observatory.store,
    now: Date.now(),
    cluster: options.cluster,
    history: book.history,
    entryAt: (sequence) => book.entriesAt(sequence),
    ...(book.leader === undefined ? {} : { leader: book.leader }),
    controller: { name: options.name, version: options.version },
    ...(options.keeping === undefined ? {} : { log: options.keeping }),
  }
}
