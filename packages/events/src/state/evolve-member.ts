/** Who may do what. */
import type { EventOf } from '../event.ts'
import { nameKey } from '../names.ts'
import type { Origin } from './records.ts'
import type { State } from './state.ts'

export function memberAdded(state: State, event: EventOf<'member.added'>, origin: Origin): void {
  const { member: name, role, publicKey } = event
  state.members.set(nameKey(name), { name, role, publicKey, origin })
}

export function memberRevoked(state: State, { member }: EventOf<'member.revoked'>): void {
  state.members.delete(nameKey(member))
}
