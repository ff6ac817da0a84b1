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

/** LINSTOR writes `True`, `true` and `yes`; all mean yes (properties.md, section 0). */
export function isYes(value: string | undefined): boolean {
  return value !== undefined && ['true', 'yes'].includes(value.toLowerCase())
}
