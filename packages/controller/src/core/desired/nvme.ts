/** NVMe over fabrics: who offers the volumes of a definition, at which address, and to whom. */
import {
  type DesiredNvme,
  firstOf,
  isLive,
  luksHeaderOf,
  type NvmeAddress,
  netOfBackingKib,
  type Volume,
  type VolumeDefinition,
} from '@varve/events'
import { interfaceAddress } from './address.ts'
import type { Member, Scene } from './scene.ts'

/** Undefined: the definition has no such layer. */
export function desiredNvme(scene: Scene, member: Member): DesiredNvme | undefined {
  if (!scene.definition.layers.includes('NVME')) return undefined
  const { entry: owner } = scene.definition.origin
  if (member.resource.kind === 'diskful') {
    return { role: 'target', owner, at: addressOf(scene, member) }
  }
  const target = targetOf(scene)
  const at = target && isOffered(target) ? addressOf(scene, target) : undefined
  return { role: 'initiator', owner, at }
}

/** The one member with storage: all others use it from afar. */
function targetOf({ members }: Scene): Member | undefined {
  return members.find(({ resource }) => resource.kind === 'diskful')
}

/** Its node has said of all volumes that they are as they shall be, so they are offered by then. */
function isOffered({ resource, parts }: Member): boolean {
  return isLive(resource) && parts.length > 0 && parts.every(({ volume }) => volume.hasBeenInUse)
}

/**
 * True while somebody may still be connected: a device whose target is gone hangs whoever uses it,
 * so the target goes last.
 */
export function isStillUsed(scene: Scene, { resource }: Member): boolean {
  return (
    scene.definition.layers.includes('NVME') &&
    resource.kind === 'diskful' &&
    scene.members.some((other) => other.resource.kind !== 'diskful')
  )
}

const usualPort = 4420

function addressOf(scene: Scene, { resource, node, parts }: Member): NvmeAddress | undefined {
  const { definition, groupProps, controllerProps } = scene
  const pool = parts.find((part) => part.pool)?.pool?.props
  const nearest = [resource.props, pool, node?.props]
  const address =
    node &&
    (firstOf(preferredNic, [...nearest, controllerProps]) === undefined
      ? interfaceAddress(node, [...nearest, controllerProps])
      : interfaceAddress(node, [...nearest, controllerProps], preferredNic))
  if (address === undefined) return undefined
  const chain = [definition.props, groupProps, controllerProps]
  return {
    transport: firstOf('NVMe/TRType', chain) === 'rdma' ? 'rdma' : 'tcp',
    address,
    port: Number(firstOf('NVMe/Port', chain) ?? usualPort),
  }
}

const preferredNic = 'NVMe/PrefNic'

/**
 * What an initiator shall see, KiB: the larger size as soon as the target's storage has it. Of a
 * volume that was asked for by the size of its storage, what its layers leave of that.
 */
export function offeredKib(scene: Scene, row: VolumeDefinition): number {
  const sizeKib = row.resizing ? Math.min(row.resizing.fromKib, row.sizeKib) : row.sizeKib
  if (!row.gross) return sizeKib
  const { state, definition } = scene
  const { layers, peerSlots } = definition
  const volume = targetVolume(scene, row.number)
  const header = volume && luksHeaderOf(state, volume)
  return netOfBackingKib(sizeKib, {
    layers,
    peerSlots,
    ...(header === undefined ? {} : { luksHeaderKib: header }),
  })
}

function targetVolume(scene: Scene, number: number): Volume | undefined {
  return targetOf(scene)?.parts.find(({ volume }) => volume.number === number)?.volume
}
