/** Properties of the LUKS layer as they hold for one volume. */
import { firstOf } from '../property/inherit.ts'
import { luksHeaderKib, splitOptions } from '../size/luks.ts'
import {
  controllerProps,
  definitionOf,
  groupOf,
  nodeOf,
  poolOf,
  resourceOf,
  volumeDefinitionOf,
} from './lookup.ts'
import type { Volume } from './records.ts'
import type { State } from './state.ts'

/** V > R > VD > RD > RG > SP > N > C: the most specific container counts (reference 3.1). */
function chainOf(state: State, volume: Volume) {
  const definition = definitionOf(state, volume.definition)
  return [
    volume.props,
    resourceOf(state, volume.definition, volume.node)?.props,
    volumeDefinitionOf(state, volume.definition, volume.number)?.props,
    definition?.props,
    definition && groupOf(state, definition.group)?.props,
    volume.pool === undefined ? undefined : poolOf(state, volume.node, volume.pool)?.props,
    nodeOf(state, volume.node)?.props,
    controllerProps(state),
  ]
}

export type LuksOptions = {
  readonly formatOptions: string[]
  readonly openOptions: string[]
  readonly allowDiscards: boolean
}

export function luksOptionsOf(state: State, volume: Volume): LuksOptions {
  const chain = chainOf(state, volume)
  return {
    formatOptions: splitOptions(firstOf('StorDriver/LuksFormatOptions', chain)),
    openOptions: splitOptions(firstOf('StorDriver/LuksOpenOptions', chain)),
    allowDiscards: firstOf('Luks/AllowDiscards', chain) === 'true',
  }
}

/** Header of this volume's LUKS layer, KiB; undefined without one. */
export function luksHeaderOf(state: State, volume: Volume): number | undefined {
  if (!definitionOf(state, volume.definition)?.layers.includes('LUKS')) return undefined
  return luksHeaderKib(luksOptionsOf(state, volume).formatOptions)
}
