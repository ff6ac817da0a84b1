/** What a provider saw: parts of the inventory. */
import type { BackingObject, Place, PlaceSize } from '../core/inventory.ts'
import type { CommandResult } from '../host/host.ts'

export type StorageLook = {
  readonly places: Map<string, Place>
  readonly sizes: Map<string, PlaceSize>
  readonly objects: Map<string, BackingObject>
}

export type LookOptions = { readonly signal?: AbortSignal }

/** Nothing may be concluded about any of these places. */
export function unseen(places: readonly string[], reason: string): StorageLook {
  return {
    places: new Map(places.map((place) => [place, { state: 'unknown', reason }])),
    sizes: new Map(),
    objects: new Map(),
  }
}

/** Why a tool's answer cannot be used, as one sentence part. */
export function problemOf(result: CommandResult): string {
  const tool = result.argv[0] ?? 'the tool'
  if (result.problem === 'not-found') return `there is no ${tool} on this machine`
  if (result.problem) return `${tool} could not be started`
  if (result.timedOut) return `${tool} did not answer in time`
  const text = result.stderr.trim().split('\n').at(-1) ?? ''
  return `${tool} ended with ${result.exitCode}${text === '' ? '' : `: ${text}`}`
}
