/** Ages: every observed value says when it was seen, and whether its node can still be believed. */
import { nodeOf } from '@varve/events'
import type { Sight } from './world.ts'

export type Age = {
  /** Satellite's clock, ms since epoch. */
  readonly observedAt: number
  readonly ageMs: number
  /** True: the node is not online, so that this is the last that was known. */
  readonly stale: boolean
}

/** The clocks of two machines differ a little: an age is never negative. */
export function ageOf(sight: Sight, node: string, observedAt: number): Age {
  return {
    observedAt,
    ageMs: Math.max(0, sight.now - observedAt),
    stale: !isOnline(sight, node),
  }
}

export function isOnline(sight: Pick<Sight, 'state'>, node: string): boolean {
  return nodeOf(sight.state, node)?.link.status === 'online'
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** `3 minutes`, `1 hour`: the largest unit that fits, rounded down; below a second `0 seconds`. */
export function formatDuration(ms: number): string {
  const [unit, size] = units.find(([, unitMs]) => ms >= unitMs) ?? (['second', 1000] as const)
  const count = Math.max(0, Math.floor(ms / size))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
