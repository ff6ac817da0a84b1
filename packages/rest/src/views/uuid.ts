/** LINSTOR gives every object a random UUID. Ours follow from the entry that made the object. */
import { hash } from 'node:crypto'
import type { Origin } from '@varve/events'

/** The same for the same incarnation of an object, on every controller and after every restart. */
export function uuidOf(origin: Origin, ...names: readonly (string | number)[]): string {
  const hex = hash('md5', `${origin.entry}/${names.join('/').toLowerCase()}`)
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3] ?? '8'
  const [a, b, c] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16)]
  return `${a}-${b}-3${c}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}
