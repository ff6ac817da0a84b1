/** The secrets of a document: wrapped in the state, sealed to the node in what it is told. */
import {
  type DesiredDrbd,
  type DesiredLuks,
  drbdContext,
  luksContext,
  luksOptionsOf,
  nameKey,
  nodeOf,
  type ResourceDefinition,
  type SealedSecret,
  type State,
  type Volume,
  type VolumeDefinition,
} from '@varve/events'

/** The shell's half: it holds the master key, and never fails but says why there is no key. */
export type SecretSealer = {
  readonly seal: (request: {
    readonly wrapped: string
    /** Name key of the definition that it was wrapped for, and as what. */
    readonly purpose: `${'luks' | 'drbd'}/${string}`
    /** What it opens as on the node. */
    readonly context: string
    readonly publicKey: string
  }) => SealedSecret
}

/** Undefined: connections of this definition prove nothing. */
export function desiredSecret(
  state: State,
  definition: ResourceDefinition,
  node: string,
  sealer: SecretSealer | undefined,
): DesiredDrbd['secret'] {
  if (!definition.secret) return undefined
  const { wrapped, fingerprint } = definition.secret
  const purpose = `drbd/${nameKey(definition.name)}` as const
  const context = drbdContext(definition.name)
  return { key: sealFor(state, node, { wrapped, purpose, context }, sealer), fingerprint }
}

/** Undefined without a key: the volume is not encrypted. */
export function desiredLuks(
  state: State,
  volume: Volume,
  row: VolumeDefinition,
  sealer: SecretSealer | undefined,
): DesiredLuks | undefined {
  if (row.luksKey === undefined || volume.pool === undefined) return undefined
  const context = luksContext(volume.definition, volume.number)
  // What was restored keeps the key of what it was restored from, encrypted under that one's name.
  const keyOf = (wrapped: string, boundTo = volume.definition) => {
    const purpose = `luks/${nameKey(boundTo)}` as const
    return sealFor(state, volume.node, { wrapped, purpose, context }, sealer)
  }
  const { rekeying } = row
  const isWaiting = rekeying?.waiting.includes(nameKey(volume.node))
  return {
    key: keyOf(row.luksKey, row.luksKeyBoundTo),
    ...(rekeying && isWaiting
      ? {
          previous: {
            key: keyOf(rekeying.previous, rekeying.previousBoundTo),
            change: rekeying.operation,
          },
        }
      : {}),
    hasRandomKey: row.luksKeyIsChosen !== true,
    ...luksOptionsOf(state, volume),
  }
}

type Wrapped = Omit<Parameters<SecretSealer['seal']>[0], 'publicKey'>

function sealFor(
  state: State,
  node: string,
  secret: Wrapped,
  sealer: SecretSealer | undefined,
): SealedSecret {
  const publicKey = nodeOf(state, node)?.publicKey
  if (publicKey === undefined) {
    const reason = `node ${node} has not told its public key yet: its satellite has to start`
    return { state: 'unavailable', reason }
  }
  return (
    sealer?.seal({ ...secret, publicKey }) ?? {
      state: 'unavailable',
      reason: 'nobody who holds the master key has made this document',
    }
  )
}
