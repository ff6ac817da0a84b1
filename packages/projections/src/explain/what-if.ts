/** What is asked of a cluster that might be, and what is told of it. */

export type Supposed = {
  readonly change: 'lose-node' | 'lose-zone' | 'lose-pool' | 'drain' | 'none'
  /** Nodes, `node/pool`s or one `key=value` of nodes' properties. */
  readonly of: readonly string[]
  /** KiB: with one more node like those there are, each of whose pools has so much room. */
  readonly addKib?: number | undefined
}

export type Prospect = {
  /** Nodes that would be gone or emptied, and pools. */
  readonly gone: readonly string[]
  /** Resource definitions that have something there. */
  readonly affected: number
  /** Whose last good copy would go. */
  readonly lost: readonly string[]
  /** Who would no longer be served, although there is a good copy. */
  readonly withoutQuorum: readonly { readonly definition: string; readonly left: string }[]
  readonly placed: readonly {
    readonly definition: string
    readonly node: string
    readonly pool: string
    readonly sizeKib: number
  }[]
  readonly unplaced: readonly { readonly definition: string; readonly problem: string }[]
  /** KiB that would have to be copied. */
  readonly copyKib: number
  readonly pools: readonly {
    readonly node: string
    readonly pool: string
    readonly addedKib: number
    /** Reported now; absent: nobody has reported it. */
    readonly freeKib?: number | undefined
  }[]
}
