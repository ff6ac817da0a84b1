/** A moment of the past, as people write one: `1234`, `2h ago`, `2026-11-22 14:00`. */
import type { Moment } from '@varve/events'
import { InvalidArgumentError } from 'commander'

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
/** A day, with or without a time of day; without a zone it is UTC, in which times are printed. */
const date =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?))?(Z|[+-]\d{2}:\d{2})?$/

/** `now`: ms since epoch, what `ago` counts from. Throws commander's error for anything else. */
export function readMoment(text: string, now: number): Moment {
  const words = text.trim()
  if (/^[1-9]\d*$/.test(words)) return { sequence: Number(words) }
  const [, count, unit = ''] = /^(\d+)\s*([smhdw])(?:\s+ago)?$/.exec(words) ?? []
  if (count !== undefined) return { timeMs: Math.max(0, now - Number(count) * (unitMs[unit] ?? 0)) }
  const [, day, time = '00:00', zone = 'Z'] = date.exec(words) ?? []
  const timeMs = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`)
  if (Number.isNaN(timeMs)) {
    throw new InvalidArgumentError(
      'It has to be a sequence of the log (1234), an age (90s, 30m, 2h ago, 3d) or a time (2026-11-22 14:00, UTC unless a zone follows).',
    )
  }
  return { timeMs }
}
