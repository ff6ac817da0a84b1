import {
  type DesiredDevicePool,
  type PoolArguments,
  poolTools,
  readCreationOptions,
} from '@varve/events'

/** Users' words for a tool; what is not accepted was refused before, and is left out here, too. */
export function more(desired: DesiredDevicePool, name: keyof PoolArguments): readonly string[] {
  const read = readCreationOptions(poolTools[name].tool, desired.arguments?.[name] ?? '')
  return read.ok ? read.words : []
}
