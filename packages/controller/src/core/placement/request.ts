/** What the autoplacer is asked and what it answers. */
import type { Layer, PlacementExplanation, Provider, Refusal, SelectFilter } from '@varve/events'

export type PlacementRequest = {
  /** The definition to add to; absent for a definition that does not exist yet. */
  readonly definition?: string
  /** Group's filter and request's, already merged. */
  readonly filter: SelectFilter
  /** Sum of the volumes' sizes as users asked for them. */
  readonly sizeKib: number
  readonly layers: readonly Layer[]
  /** Place diskless resources instead of diskful ones. */
  readonly diskless?: boolean
  /** Nodes whose resource of the definition counts as absent: it is about to be converted. */
  readonly ignoreNodes?: readonly string[]
  /** Nodes that must not be chosen, whatever the filter says. */
  readonly exceptNodes?: readonly string[]
}

type Chosen = { readonly node: string; readonly pool: string; readonly provider: Provider }

/** `chosen` is empty when nothing was missing. */
export type Placement = {
  readonly chosen: readonly Chosen[]
  readonly explanation: PlacementExplanation
}

export type PlacementRefusal = Refusal & { readonly explanation: PlacementExplanation }
