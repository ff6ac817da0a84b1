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
