/** Which properties of an object another one may begin with. */
import { checkProperty, type PropertyLevel, type Props } from '@varve/events'
import { quorumKey, quorumSetBy } from './property.ts'

/** What users have set; what Varve writes, it writes again for the new object, if it has to. */
export function inheritable(level: PropertyLevel, props: Props): Props {
  const kept = Object.entries(props).filter(
    ([key, value]) =>
      checkProperty(level, key, value).ok && (key !== quorumKey || props[quorumSetBy] === 'user'),
  )
  return Object.fromEntries(kept)
}

/** How large a LUKS header is: a copy must be of the same size as its source. */
export const headerProps = ['StorDriver/LuksFormatOptions']

export function pick(props: Props, keys: readonly string[]): Record<string, string> {
  const kept = keys.flatMap((key) => (props[key] === undefined ? [] : [[key, props[key]] as const]))
  return Object.fromEntries(kept)
}
