/** What is told of a volume's devices beside their sizes. */
import type { ObservedVolume } from '@varve/events'
import type { DeviceView } from './read.ts'

/** What is known of the device at a path. */
export type DeviceReader = (path: string) => DeviceView | undefined

/** `lower`: the device that DRBD works on; without DRBD what users open. */
export type SeenVolume = { readonly told: ObservedVolume; readonly lower: string | undefined }

export function geometryOf(
  { told, lower }: SeenVolume,
  deviceOf: DeviceReader,
): Pick<ObservedVolume, 'geometry' | 'symlinks'> {
  const below = lower === undefined ? undefined : deviceOf(lower)
  const links = told.device === undefined ? undefined : deviceOf(told.device)?.symlinks
  return {
    ...(below ? { geometry: below.geometry } : {}),
    ...(links && links.length > 0 ? { symlinks: [...links] } : {}),
  }
}
