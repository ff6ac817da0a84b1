/** What to do next for a device pool. */
import type { Step } from '../core/step.ts'

export type ProvisionPlan =
  /** It is as the document has it. */
  | { readonly kind: 'done' }
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  /** Nothing is done, since something speaks against it. */
  | { readonly kind: 'refused'; readonly reason: string }

export const done: ProvisionPlan = { kind: 'done' }
export const steps = (list: readonly Step[]): ProvisionPlan => ({ kind: 'steps', steps: list })
export const refused = (reason: string): ProvisionPlan => ({ kind: 'refused', reason })
