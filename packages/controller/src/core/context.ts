/** What a decision is given beside the state: time, chance and observations are arguments. */
import type { ObservedView } from '@varve/events'

/** What the core may ask of the vault: ciphertext only ever comes out. */
export type VaultView = {
  /** True while the master key is open. */
  readonly isUnlocked: boolean
  /** A new random key for a volume of `definition` (its name key), wrapped; undefined when locked. */
  readonly newKey: (definition: string) => string | undefined
  /** A new shared secret for the connections of `definition`; undefined when locked. */
  readonly newSecret: (
    definition: string,
  ) => { readonly wrapped: string; readonly fingerprint: string } | undefined
}

export type Context = {
  /** Id of the entry that this decision would become. */
  readonly entry: string
  /** Leader's clock, ms since epoch, never before the last entry's. */
  readonly now: number
  /** Log sequence of the block that the entry would stand in. */
  readonly sequence: number
  /** 16 random hex digits, new with each call. */
  readonly random64: () => string
  readonly observed: ObservedView
  /** Absent: nothing can be encrypted here. */
  readonly vault?: VaultView | undefined
}
