/** What absent nodes still hold. */
import type { EventOf } from '../event.ts'
import { keyOf } from '../names.ts'
import type { Origin } from './records.ts'
import type { State } from './state.ts'

export function debtRecorded(state: State, event: EventOf<'debt.recorded'>, origin: Origin): void {
  const { definition, node, layers, volumes, since } = event
  state.debts.set(keyOf(definition, node), { definition, node, layers, volumes, since, origin })
}

export function debtGone(
  state: State,
  { definition, node }: { readonly definition: string; readonly node: string },
): void {
  state.debts.delete(keyOf(definition, node))
}
