/** The secrets of a document: wrapped in the state, sealed to the node in what it is told. */
import {
  type DesiredLuks,
  luksOptionsOf,
  nodeOf,
  type SealedSecret,
  type State,
  type Volume,
  type VolumeDefinition,
} from '@varve/events'

/** The shell's half: it holds the master key, and never fails but says why there is no key. */
export type SecretSealer = {
  readonly sealLuksKey: (request: {
    readonly wrapped: string
    readonly definition: string
    readonly number: number
    readonly publicKey: string
  }) => SealedSecret
}

/** Undefined without a key: the volume is not encrypted. */
export function desiredLuks(
  state: State,
  volume: Volume,
  row: VolumeDefinition,
  sealer: SecretSealer | undefined,
): DesiredLuks | undefined {
  if (row.luksKey === undefined || volume.pool === undefined) return undefined
  return {
    key: keyFor(state, volume, row.luksKey, sealer),
    hasRandomKey: row.luksKeyIsChosen !== true,
    ...luksOptionsOf(state, volume),
  }
}

function keyFor(
  state: State,
  volume: Volume,
  wrapped: string,
  sealer: SecretSealer | undefined,
): SealedSecret {
  const publicKey = nodeOf(state, volume.node)?.publicKey
  if (publicKey === undefined) {
    const reason = `node ${volume.node} has not told its public key yet: its satellite has to start`
    return { state: 'unavailable', reason }
  }
  const { definition, number } = volume
  return (
    sealer?.sealLuksKey({ wrapped, definition, number, publicKey }) ?? {
      state: 'unavailable',
      reason: 'nobody who holds the master key has made this document',
    }
  )
}
