/** Moments of the past in a query string. */
import { Moment } from '@varve/events'

/** `?at=<sequence>` or `?at=<time>`: any read as of then. */
export function momentOf(text: string): Moment | undefined {
  const isSequence = /^\d+$/.test(text)
  const given = isSequence ? { sequence: Number(text) } : { timeMs: Date.parse(text) }
  return Moment.safeParse(given).data
}
