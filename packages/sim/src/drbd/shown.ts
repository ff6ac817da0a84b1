/** One object as events2 shows it: fields that are printed together are one group. */
export type Shown = {
  readonly kind: 'resource' | 'connection' | 'device' | 'peer-device' | 'path'
  readonly id: string
  readonly groups: readonly string[]
  readonly statistics: string
  /** Statistics are repeated with every change of these. */
  readonly always: boolean
  /** Printed after the statistics. */
  readonly tail: string
}
