/**
 * What a command would record, without what is new each time: ids, random generations and keys.
 * Two equal texts are the same decision, also when weeks lie between them.
 */
import { attempt, isRefusal, type Refusal, type State } from '@varve/events'
import { accept, type Ports, type Request } from './accept.ts'
import type { VaultView } from './context.ts'

/** Past every real one, so that nothing that was confirmed before counts as confirmed after it. */
const sequence = Number.MAX_SAFE_INTEGER

/** Leaves `state` as it was. */
export function outcomeOf(state: State, request: Request, ports: Ports): string | Refusal {
  let ids = 0
  const fixed: Ports = {
    now: ports.now,
    observed: ports.observed,
    sequence,
    newId: () => {
      ids += 1
      return `planned.${ids}`
    },
    random64: () => '0123456789ABCDE8',
    vault: ports.vault && emptyVault(ports.vault),
  }
  const accepted = attempt(
    state,
    () => accept(state, { ...request, id: 'planned' }, fixed),
    () => false,
  )
  if (isRefusal(accepted)) return accepted
  return JSON.stringify(accepted.entries.map(({ command: { type }, events }) => ({ type, events })))
}

/** As open or closed as the real one; what it makes opens nothing. */
function emptyVault({ isUnlocked }: VaultView): VaultView {
  return {
    isUnlocked,
    newKey: () => (isUnlocked ? 'planned' : undefined),
    newSecret: () => (isUnlocked ? { wrapped: 'planned', fingerprint: 'planned' } : undefined),
  }
}
