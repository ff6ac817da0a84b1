/** What this process knows, for readers beside the controller or instead of it. */
import { nothingObserved } from '@varve/events'
import { recordsOf, type World } from '@varve/projections'
import type { Book } from '../book.ts'
import { whatIf } from '../core/what-if/what-if.ts'
import { whyNot } from '../core/what-if/why-not.ts'
import type { Edge } from '../edge/port.ts'
import { searchJournal } from '../log/search.ts'
import type { Memory } from '../memory.ts'
import type { Observatory } from '../observe/observatory.ts'
import type { ControllerSettings } from '../options.ts'
import { askPositions } from '../publish/positions.ts'
import { hashSlowly } from '../state-hash.ts'
import { inTurns } from '../turns.ts'
import { jetStreamCursors } from '../webhooks/cursors.ts'
import type { Pulse } from './pulse.ts'
import type { QuerySource } from './queries.ts'

export type ReadSource = QuerySource & Pick<Pulse, 'onChange'>

export type WorldOptions = Pick<ControllerSettings, 'cluster' | 'name' | 'version' | 'keeping'>
type Sources = {
  readonly edge: Pick<Edge, 'bus' | 'time'>
  readonly book: Book
  readonly observatory: Observatory
  readonly pulse: Pulse
}

/** How long a reader waits for a sequence that is not folded yet. */
const reachMs = 3_000

/** `barrier` is the leader's own; whoever only follows shows nothing that is not stored. */
export function readSource(
  options: WorldOptions,
  parts: Sources,
  barrier?: () => Promise<number> | undefined,
): ReadSource {
  const { edge, book, observatory, pulse } = parts
  const stored = async () => (await barrier?.()) ?? book.state.position.sequence
  return {
    world: () => ({
      ...worldOf(options, parts),
      recordsAt: async (moment) =>
        book.past.at(moment, await stored(), async ({ state }) => recordsOf(state)),
      stateAt: async (moment, ask) =>
        book.past.at(moment, await stored(), async ({ state }) => ask(state)),
      // On a state of its own: thousands of placements would hold up whoever decides.
      whatIf: async (supposed) =>
        book.past.at({ sequence: await stored() }, await stored(), ({ state }) =>
          inTurns(whatIf(state, observatory.store, supposed)),
        ),
      webhookState: (webhook) => jetStreamCursors(edge.bus, options.cluster).read(webhook),
      documents: (question) => askPositions(edge.bus, options.cluster, question),
      whyNot: (node, candidate) => whyNot(book.state, observatory.store, node, candidate),
      stateHashAt: async (sequence) =>
        book.past.at({ sequence }, await stored(), ({ state }) => hashSlowly(state)),
    }),
    past: (moment, stored, ask) =>
      book.past.at(moment, stored, (memory) => ask(pastWorld(options, book, memory))),
    barrier: stored,
    reach: (sequence) => book.reach(sequence, reachMs),
    onChange: pulse.onChange,
  }
}

function worldOf(options: WorldOptions, { edge, book, observatory }: Sources): World {
  return {
    ...knownBy(options, book, book),
    observed: observatory.store,
    now: edge.time.wall(),
    ...(options.keeping === undefined ? {} : { log: options.keeping }),
  }
}

/** As it was after a block: what was observed is not kept, nor how the log was. */
export function pastWorld(options: WorldOptions, book: Book, memory: Memory): World {
  const now = memory.state.position.at
  return { ...knownBy(options, book, memory), observed: nothingObserved, now, isPast: true }
}

/** What the log alone tells, as far as it is folded. */
function knownBy(options: WorldOptions, book: Book, { state, history, leader }: Memory) {
  return {
    state,
    cluster: options.cluster,
    history,
    entryAt: (sequence: number) => book.entriesAt(sequence),
    search: (needles: readonly string[], before: number) =>
      searchJournal(book.journal, needles, before),
    sequenceAt: (timeMs: number) => book.past.sequenceAt(timeMs, state.position.sequence),
    ...(leader === undefined ? {} : { leader }),
    controller: { name: options.name, version: options.version },
  }
}
