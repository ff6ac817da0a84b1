/** Operations: what needs more than one step on more than one node, and what each waits for. */
import type { Operation, Reference } from '@varve/events'
import { type Wait, waitsFor } from '../operations.ts'
import type { Sight } from '../world.ts'

export type OperationRow = {
  readonly id: string
  readonly kind: Operation['kind']
  readonly target: Reference
  readonly startedAt: number
  readonly ageMs: number
  readonly waits: readonly Wait[]
}

export function operationRow(sight: Sight, operation: Operation): OperationRow {
  return {
    id: operation.id,
    kind: operation.kind,
    target: operation.target,
    startedAt: operation.origin.at,
    ageMs: Math.max(0, sight.now - operation.origin.at),
    waits: waitsFor(sight, operation),
  }
}
