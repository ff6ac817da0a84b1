/**
 * What the documents of one definition have in common, worked out once for all of them: most
 * resources and nodes say nothing of their own, so what holds for one holds for all.
 */
import {
  type DesiredDrbd,
  type DrbdHost,
  drbdSection,
  firstOf,
  isYes,
  type Props,
  thinProviders,
  type VolumeDefinition,
  verifyKey,
} from '@varve/events'
import { hostsOf } from './hosts.ts'
import type { Member, Scene } from './scene.ts'

/** DRBD's options by the section of a resource's file that they stand in. */
export type Options = Pick<DesiredDrbd, 'options' | 'net' | 'disk' | 'handlers'> & {
  /** `disk {}` of connections. */
  readonly peer: Props
}

export type Common = Scene & {
  /** Who takes part in the replication. */
  readonly hosts: readonly DrbdHost[]
  /** Of members without properties of their own. */
  readonly options: Options
  /** Numbers of the volumes whose replicas may begin as equal. */
  readonly skipsSync: ReadonlySet<number>
}

export function commonOf(scene: Scene): Common {
  const { definition, groupProps, controllerProps } = scene
  const isReplicated = definition.layers.includes('DRBD')
  const rows = scene.rows.filter((row) => isReplicated && canSkipSync(scene, row))
  return {
    ...scene,
    hosts: isReplicated ? hostsOf(scene) : [],
    options: optionsAlong([definition.props, groupProps, controllerProps]),
    skipsSync: new Set(rows.map(({ number }) => number)),
  }
}

/** R > RD > RG > N > C. */
export function optionsOf({ options }: Common, { chain, hasOwnProps }: Member): Options {
  return hasOwnProps ? optionsAlong(chain) : options
}

function optionsAlong(chain: Member['chain']): Options {
  return {
    options: drbdSection('Resource', chain),
    net: netOf(chain),
    disk: drbdSection('Disk', chain),
    handlers: drbdSection('Handlers', chain),
    peer: drbdSection('PeerDevice', chain),
  }
}

/** The digest that a policy has chosen counts where nobody has set another. */
function netOf(chain: Member['chain']): Props {
  const net = drbdSection('Net', chain)
  const digest = firstOf(verifyKey, chain)
  return digest === undefined || net['verify-alg'] !== undefined
    ? net
    : { ...net, 'verify-alg': digest }
}

function canSkipSync(scene: Scene, row: VolumeDefinition): boolean {
  const { definition, groupProps, controllerProps, members } = scene
  // Zeroes under one key are noise under another: unwritten blocks of two replicas differ.
  if (definition.layers.includes('LUKS')) return false
  const chain = [definition.props, groupProps, controllerProps]
  if (isYes(firstOf('DrbdOptions/ForceInitialSync', chain))) return false
  return members.every(({ parts }) => {
    const part = parts.find(({ volume }) => volume.number === row.number)
    // What was restored has content that a new replica lacks.
    if (part?.volume.from !== undefined) return false
    const provider = part?.pool?.provider
    return !provider || thinProviders.has(provider) || provider === 'ZFS'
  })
}
