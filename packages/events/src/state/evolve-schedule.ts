/** Schedules: when backups are to be made. */
import type { EventOf } from '../event.ts'
import { nameKey } from '../names.ts'
import type { Origin } from './records.ts'
import type { State } from './state.ts'

export function scheduleCreated(
  state: State,
  { type: _, schedule, ...fields }: EventOf<'schedule.created'>,
  origin: Origin,
): void {
  state.schedules.set(nameKey(schedule), { name: schedule, ...fields, origin })
}

export function scheduleChanged(
  state: State,
  { type: _, schedule, ...fields }: EventOf<'schedule.changed'>,
): void {
  const row = state.schedules.get(nameKey(schedule))
  if (!row) return
  state.schedules.set(nameKey(schedule), { name: row.name, ...fields, origin: row.origin })
}

export function scheduleDeleted(state: State, { schedule }: EventOf<'schedule.deleted'>): void {
  state.schedules.delete(nameKey(schedule))
}
