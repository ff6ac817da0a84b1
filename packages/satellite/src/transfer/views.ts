/** What is told of copies: by resource and operation, replaced whenever something has changed. */
import type { Clock } from '../ports.ts'

export type TransferView = {
  readonly port?: number
  readonly doneKib?: number
  readonly totalKib?: number
  readonly problem?: string
  readonly hasFailed?: true
}

export type TransferViews = ReadonlyMap<string, TransferView>

/** Progress is told this often; who reads it is told once a second at most (publish.ts). */
const progressMs = 500
const none: TransferViews = new Map()

export type Views = ReturnType<typeof createViews>

export function createViews(clock: Clock, onChange: (resource: string) => void) {
  const views = new Map<string, TransferViews>()
  const toldAt = new Map<string, number>()

  function tell(resource: string, operation: string, view: TransferView): void {
    const all = views.get(resource) ?? none
    views.set(resource, new Map([...all, [operation, { ...all.get(operation), ...view }]]))
    onChange(resource)
  }

  return {
    of: (resource: string): TransferViews => views.get(resource) ?? none,
    tell,
    tellProgress(resource: string, operation: string, view: TransferView): void {
      const now = clock.now()
      if (now - (toldAt.get(operation) ?? 0) < progressMs) return
      toldAt.set(operation, now)
      tell(resource, operation, view)
    },
    forget(resource: string, operation: string): void {
      const left = new Map([...(views.get(resource) ?? none)].filter(([key]) => key !== operation))
      toldAt.delete(operation)
      if (left.size > 0) views.set(resource, left)
      else views.delete(resource)
    },
  }
}
