/** Layer stacks as clients name them. */
import type { Layer, ResourceDefinition } from '@varve/events'
import type { Call } from '../call.ts'

/** Undefined or empty: the default of the group or of the cluster. */
export function layerArgs(given: readonly string[] | undefined): { layers?: Layer[] } {
  if (given === undefined || given.length === 0) return {}
  // Checked against the command's schema where it is sent: an unknown word is refused there.
  return { layers: given.map((layer) => layer.toUpperCase()) as Layer[] }
}

/** False: other layers than those of the definition are asked for, which is said. */
export function areItsLayers(
  call: Call,
  { name, layers }: ResourceDefinition,
  given: readonly string[] | undefined,
): boolean {
  if (!given?.length || given.join().toUpperCase() === layers.join()) return true
  const message = `'${name}' has the layers ${layers.join(', ')} on all nodes.`
  call.fail('FAIL_INVLD_LAYER_STACK', message, { RscDfn: name })
  return false
}
