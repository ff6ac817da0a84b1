/** Snapshots and rollbacks that nobody should wait for any longer. */
import { type Command, type State, suspensionLimitMs } from '@varve/events'
import { pendingEvacuations } from '../core/operations/evacuation.ts'

/** `now`: the leader's clock, ms since epoch, as in the log. */
export function overdueCommands(state: State, now: number, everyMs: number): Command[] {
  return [
    ...overdueSnapshots(state, now),
    ...overdueRollbacks(state, now),
    ...pendingEvacuations(state, now, everyMs),
  ]
}

/** The leader gives up before a node lifts the suspension by itself: its word comes first. */
const holdingMs = suspensionLimitMs - 2_000
/** Where nothing is held, a copy of a large file may take its time. */
const quietMs = 10 * 60_000

function overdueSnapshots(state: State, now: number): Command[] {
  return state.snapshots.by('underway', 'yes').flatMap((row): Command[] => {
    // Once taken everywhere it is a good snapshot, whenever the last node goes on.
    if (row.phase === 'resuming') return []
    if (now - row.origin.at < (row.suspends ? holdingMs : quietMs)) return []
    const { definition, name: snapshot } = row
    return [{ type: 'snapshot.expire', args: { definition, snapshot } }]
  })
}

/** Going down is a matter of seconds. Until all have, nothing has changed, and giving up is safe. */
const stoppingMs = 60_000

function overdueRollbacks(state: State, now: number): Command[] {
  return state.definitions.by('stopping', 'yes').flatMap(({ name, rollback }): Command[] => {
    if (!rollback || now - rollback.at < stoppingMs) return []
    return [{ type: 'rollback.expire', args: { definition: name } }]
  })
}
