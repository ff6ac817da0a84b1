/** Read access to the newest observations: an argument of decisions and projections, like time. */
import type {
  ObservedDevices,
  ObservedDrift,
  ObservedFiles,
  ObservedNode,
  ObservedPool,
  ObservedResource,
} from './observed.ts'

/** Names in any spelling. Whatever was never reported, or is of a node that is gone, is undefined. */
export type ObservedView = {
  readonly node: (node: string) => ObservedNode | undefined
  readonly pool: (
    node: string,
    pool: string,
  ) => (ObservedPool & { readonly at: number }) | undefined
  readonly resource: (definition: string, node: string) => ObservedResource | undefined
  readonly drift: (node: string) => ObservedDrift | undefined
  readonly files: (node: string) => ObservedFiles | undefined
  readonly devices: (node: string) => ObservedDevices | undefined
}

export const nothingObserved: ObservedView = {
  node: () => undefined,
  pool: () => undefined,
  resource: () => undefined,
  drift: () => undefined,
  files: () => undefined,
  devices: () => undefined,
}
