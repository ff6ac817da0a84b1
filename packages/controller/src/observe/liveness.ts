/** Which nodes are alive: by heartbeats and this controller's own monotonic clock (design 5). */
import { nameKey } from '@varve/events'

export type Liveness = {
  /** A heartbeat of a satellite's boot was heard at `now`. */
  readonly hear: (node: string, boot: string, now: number) => void
  readonly bootOf: (node: string) => string | undefined
  /** True once three heartbeats are missing; a node that was never heard counts from `start`. */
  readonly isSilent: (node: string, now: number) => boolean
  readonly forget: (node: string) => void
}

/** Three missed heartbeats of a second, and half a one for the way. */
const silenceMs = 3_500

export function createLiveness(start: number): Liveness {
  const heard = new Map<string, { boot: string; at: number }>()
  return {
    hear: (node, boot, now) => {
      heard.set(nameKey(node), { boot, at: now })
    },
    bootOf: (node) => heard.get(nameKey(node))?.boot,
    isSilent: (node, now) => now - (heard.get(nameKey(node))?.at ?? start) > silenceMs,
    forget: (node) => {
      heard.delete(nameKey(node))
    },
  }
}
