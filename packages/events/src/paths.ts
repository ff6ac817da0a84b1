/** Network paths of a connection, kept as LINSTOR keeps them: `Paths/<path>/<node>` = net interface. */
import type { Props } from './kinds.ts'

export type PathInterface = { readonly node: string; readonly netInterface: string }

/** Path name → its ends, in the order of the keys. */
export function pathsOf(props: Props): ReadonlyMap<string, readonly PathInterface[]> {
  const paths = new Map<string, PathInterface[]>()
  for (const key of Object.keys(props).sort()) {
    const [, path, node] = /^Paths\/([^/]+)\/(.+)$/.exec(key) ?? []
    if (path === undefined || node === undefined) continue
    const ends = paths.get(path) ?? []
    ends.push({ node, netInterface: props[key] ?? '' })
    paths.set(path, ends)
  }
  return paths
}
