import type { Draft } from '../draft.ts'

/** Ends an operation that runs; one that has ended stays as it is. */
export function finishOperation(draft: Draft, operation: string): void {
  if (draft.state.operations.has(operation)) {
    draft.record({ type: 'operation.finished', operation })
  }
}
