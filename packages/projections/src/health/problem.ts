import type { Reference } from '@varve/events'

export type Problem = {
  readonly level: 'warning' | 'error'
  readonly subject: Reference
  readonly sentence: string
  /** What a person can do about it. */
  readonly remedy?: string
}
