/** Layer stacks as clients name them. */
import type { Layer } from '@varve/events'

/** Undefined or empty: the default of the group or of the cluster. */
export function layerArgs(given: readonly string[] | undefined): { layers?: Layer[] } {
  if (given === undefined || given.length === 0) return {}
  // Checked against the command's schema where it is sent: an unknown word is refused there.
  return { layers: given.map((layer) => layer.toUpperCase()) as Layer[] }
}
