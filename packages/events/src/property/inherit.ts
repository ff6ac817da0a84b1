/** Inheritance of properties: there is no stored effective value, the first container that has the key wins. */
import type { Props } from '../kinds.ts'

/** Containers of one chain, most specific first; missing objects are skipped. */
export type Chain = readonly (Props | undefined)[]

/** `firstOf('PrefNic', [resource.props, definition.props, …])`: value of the first that has it. */
export function firstOf(key: string, chain: Chain): string | undefined {
  for (const props of chain) {
    const value = props?.[key]
    if (value !== undefined) return value
  }
  return undefined
}

/** All keys below `namespace/`, the prefix cut off, each from the first container that has it. */
export function namespaceOf(namespace: string, chain: Chain): Record<string, string> {
  const prefix = `${namespace}/`
  const merged: Record<string, string> = {}
  for (const props of chain.toReversed()) {
    for (const [key, value] of Object.entries(props ?? {})) {
      if (key.startsWith(prefix)) merged[key.slice(prefix.length)] = value
    }
  }
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** LINSTOR writes `True`, `true` and `yes`; all mean yes (properties.md, section 0). */
export function isYes(value: string | undefined): boolean {
  return value !== undefined && ['true', 'yes'].includes(value.toLowerCase())
}
