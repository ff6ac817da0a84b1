/** Settings between two nodes, for all resources or for one. */
import { type NodeConnection, type Props, pathsOf } from '@varve/events'

export type ConnectionRow = {
  readonly nodes: readonly [string, string]
  /** `path1: n1 data, n2 data`. */
  readonly paths: readonly string[]
  readonly props: Props
}
export type ResourceConnectionRow = ConnectionRow & { readonly definition: string }

export function connectionRow({ nodes, props }: NodeConnection): ConnectionRow {
  const paths = [...pathsOf(props)].map(
    ([path, ends]) =>
      `${path}: ${ends.map(({ node, netInterface }) => `${node} ${netInterface}`).join(', ')}`,
  )
  return { nodes, paths, props }
}
