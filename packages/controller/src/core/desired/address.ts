/** Under which address others reach a node. */
import { firstOf, type Node, nameKey, type Props } from '@varve/events'

/** `PrefNic` of the chain, or another property, else the interface named default, else the first. */
export function interfaceAddress(
  node: Node,
  chain: readonly (Props | undefined)[],
  property = 'PrefNic',
): string | undefined {
  const preferred = firstOf(property, chain)
  const named = (name: string | undefined) =>
    name === undefined
      ? undefined
      : node.interfaces.find((row) => nameKey(row.name) === nameKey(name))
  return (named(preferred) ?? named('default') ?? node.interfaces[0])?.address
}
