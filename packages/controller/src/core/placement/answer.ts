/** What a placement rule says about a node or a pool. The explanation is this same value. */
export type Answer =
  | { readonly answer: 'ok' }
  | { readonly answer: 'not-now' | 'never'; readonly reason: string }

export const ok: Answer = { answer: 'ok' }

/** May pass later without anybody changing the request: a node comes back, a pool is emptied. */
export const notNow = (reason: string): Answer => ({ answer: 'not-now', reason })

/** Waiting does not help: the request, a property or the machine has to change. */
export const never = (reason: string): Answer => ({ answer: 'never', reason })
