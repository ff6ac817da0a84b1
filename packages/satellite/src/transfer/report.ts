/** What a node says of the copies of a snapshot that it receives or sends. */
import type { DesiredSnapshot, ObservedSnapshot } from '@varve/events'
import type { TransferViews } from './views.ts'

/** `state`: what the machine shows. Undefined: there is nothing to say yet. */
export function reportCopies(
  wanted: DesiredSnapshot,
  state: ObservedSnapshot | undefined,
  transfers: TransferViews,
): ObservedSnapshot | undefined {
  const sends = sendsOf(wanted, transfers)
  const own = wanted.step === 'receive' ? received(wanted, state, transfers) : state
  return own && sends.length > 0 ? { ...own, sends } : own
}

function received(
  { snapshot, owner, receive }: DesiredSnapshot,
  state: ObservedSnapshot | undefined,
  transfers: TransferViews,
): ObservedSnapshot | undefined {
  if (!receive) return undefined
  const { operation } = receive
  if (state) return { ...state, operation }
  const view = transfers.get(operation)
  if (!view) return undefined
  const about = { snapshot, owner, operation }
  const { port, doneKib, problem } = view
  if (view.hasFailed) return { ...about, state: 'failed', ...(problem ? { problem } : {}) }
  if (port === undefined) return undefined
  return { ...about, state: 'receiving', port, ...(doneKib === undefined ? {} : { doneKib }) }
}

function sendsOf(
  { sends }: DesiredSnapshot,
  transfers: TransferViews,
): NonNullable<ObservedSnapshot['sends']> {
  return (sends ?? []).flatMap(({ operation, to }) => {
    const view = transfers.get(operation)
    if (!view) return []
    const { doneKib = 0, totalKib = 0, problem } = view
    return [{ operation, to, doneKib, totalKib, ...(problem === undefined ? {} : { problem }) }]
  })
}
