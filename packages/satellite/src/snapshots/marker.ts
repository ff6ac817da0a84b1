/**
 * Markers of suspensions: a small file for each time that this satellite holds input and output for
 * a snapshot. They lie in the memory of the machine, so they end with it, as suspensions do.
 */

export const suspensionDirectory = '/run/varve.d'

export type Suspension = {
  readonly resource: string
  readonly snapshot: string
  /** Owner mark of the snapshot: another one of the same name has another one. */
  readonly owner: string
  /**
   * `held`: input and output are held, or about to be. `lifting`: they shall go on at once and the
   * snapshot has failed. `failed`: they go on; it is never held for again.
   */
  readonly state: 'held' | 'lifting' | 'failed'
  /** Clock since boot, milliseconds, when it began; of a failed one: when it was lifted. */
  readonly sinceMs: number
  /** DRBD minors of the resource, so that it can be lifted without any configuration. */
  readonly minors: readonly number[]
  readonly problem?: string
}

/** Neither part may have an `@` in it (names.ts of the language). */
export const suspensionKey = (resource: string, snapshot: string) => `${resource}@${snapshot}`

export const suspensionPath = (suspension: Pick<Suspension, 'resource' | 'snapshot'>) =>
  `${suspensionDirectory}/${suspensionKey(suspension.resource, suspension.snapshot)}`

/** `problem` comes last: a step that fails adds its own words at the end. */
export function suspensionText(suspension: Suspension): string {
  const { owner, state, sinceMs, minors, problem } = suspension
  const lines = [
    '# Input and output are held for a snapshot; Varve lifts this by itself.',
    `owner: ${oneLine(owner)}`,
    `state: ${state}`,
    `since: ${sinceMs}`,
    `minors: ${minors.join(' ')}`,
    ...(problem === undefined ? [] : [`problem: ${oneLine(problem)}`]),
  ]
  return `${lines.join('\n')}\n`
}

/** Undefined: not a marker of ours. */
export function readSuspension(name: string, text: string | undefined): Suspension | undefined {
  const [resource = '', snapshot = '', ...rest] = name.split('@')
  const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(text ?? '')?.[1]
  const state = field('state')
  const owner = field('owner')
  if (resource === '' || snapshot === '' || rest.length > 0 || owner === undefined) return undefined
  if (state !== 'held' && state !== 'lifting' && state !== 'failed') return undefined
  const problem = field('problem')
  return {
    resource,
    snapshot,
    owner,
    state,
    sinceMs: Number(field('since') ?? 0),
    minors: (field('minors') ?? '').split(' ').filter(Boolean).map(Number),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** `/proc/uptime`: seconds since boot, sleep included → milliseconds. */
export function readUptime(text: string | undefined): number {
  return Math.floor(Number.parseFloat(text ?? '0') * 1000)
}

/** A clock that runs backwards is another boot: whatever was held then is not any more. */
export function leftMs(suspension: Suspension, nowMs: number, limitMs: number): number {
  const heldMs = nowMs - suspension.sinceMs
  return heldMs < 0 ? 0 : Math.max(0, limitMs - heldMs)
}

export const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim()
