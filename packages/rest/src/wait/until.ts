/** Waits within a request until satellites have done what was asked for, or for as long as allowed. */
import { nameKey } from '@varve/events'
import type { World } from '@varve/projections'
import type { Call } from '../call.ts'

/** What a look at the world says of something that was asked for. */
export type Standing =
  | { readonly done: true }
  /** `isHopeless`: waiting alone does not help; `waiting` are sentences that name nodes. */
  | { readonly done: false; readonly isHopeless: boolean; readonly waiting: readonly string[] }

/** A node that is about to be heard, or a first failure, is not hopeless yet. */
const graceMs = 1_000
/** Looks are at least so often, for what changes with time alone. */
const longestPauseMs = 1_000

/** Looks again at each change of the definition (or of anything) until it is done or may not wait. */
export async function waitUntil(
  { asked }: Call,
  about: { readonly definition?: string; readonly waitMs?: number },
  look: (world: World) => Standing | Promise<Standing>,
): Promise<Standing> {
  const { ports, signal } = asked
  const key = about.definition === undefined ? undefined : nameKey(about.definition)
  let wake = () => {}
  using _listening = ports.onChange((change) => {
    if (key === undefined || change === undefined || change.some((one) => nameKey(one) === key)) {
      wake()
    }
  })
  const began = performance.now()
  const waitMs = about.waitMs ?? asked.waitMs
  for (;;) {
    const standing = await look(ports.world())
    const elapsed = performance.now() - began
    if (standing.done || elapsed >= waitMs || signal.aborted) return standing
    if (standing.isHopeless && elapsed > graceMs) return standing
    const pauseMs = Math.min(longestPauseMs, waitMs - elapsed)
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}
