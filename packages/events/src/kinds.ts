/** The closed vocabularies of the field: LINSTOR's and DRBD's own words. */
import { z } from 'zod'

export const NodeKind = z.enum(['Controller', 'Satellite', 'Combined', 'Auxiliary'])
export type NodeKind = z.infer<typeof NodeKind>

/** Storage that users of LINSTOR may ask for and Varve does not have: what to do instead. */
const unbuiltProviders: Readonly<Record<string, string>> = {
  VDO: 'Make the VDO volume yourself and a volume group on top of it (LVM), or use ZFS with compression',
  SPDK: 'Use LVM or LVM_THIN on the same disks; the layer NVME offers their volumes to other nodes',
  REMOTE_SPDK: 'Use LVM or LVM_THIN on that machine as a node; the layer NVME offers its volumes',
  EBS_INIT: 'Attach EBS volumes to the nodes, and make volume groups of them (LVM)',
  EBS_TARGET: 'Attach EBS volumes to the nodes, and make volume groups of them (LVM)',
  EXOS: 'Use LVM on the multipath devices that the nodes see',
  OPENFLEX_TARGET: 'Connect the node to it, and make a volume group of the devices (LVM)',
  STORAGE_SPACES: 'Nodes run Linux: use LVM or ZFS',
  STORAGE_SPACES_THIN: 'Nodes run Linux: use LVM_THIN or ZFS_THIN',
}

/** Also by the shorter names that people use. */
const otherNames: Readonly<Record<string, string>> = {
  EBS: 'EBS_TARGET',
  STORAGESPACES: 'STORAGE_SPACES',
  STORAGESPACESTHIN: 'STORAGE_SPACES_THIN',
  OPENFLEX: 'OPENFLEX_TARGET',
}

/** Undefined: nobody has such storage. */
export function unbuiltProvider(name: string): string | undefined {
  const key = name.toUpperCase().replaceAll('-', '_')
  const instead = unbuiltProviders[otherNames[key] ?? key]
  return instead === undefined ? undefined : `Varve has no storage of kind ${key}. ${instead}`
}

/** For enumerations of providers: the sentence, where there is one. */
export const providerError = ({ input }: { readonly input?: unknown }): string | undefined =>
  typeof input === 'string' ? unbuiltProvider(input) : undefined

export const Provider = z.enum(
  ['LVM', 'LVM_THIN', 'ZFS', 'ZFS_THIN', 'FILE', 'FILE_THIN', 'DISKLESS'],
  { error: providerError },
)
export type Provider = z.infer<typeof Provider>

/** Kinds of storage whose unwritten blocks take no space (reference 3.4, 5). */
export const thinProviders: ReadonlySet<Provider> = new Set(['LVM_THIN', 'ZFS_THIN', 'FILE_THIN'])

export const Layer = z.enum(
  ['DRBD', 'LUKS', 'CACHE', 'WRITECACHE', 'BCACHE', 'NVME', 'STORAGE'],
  // VDO and SPDK are asked for as layers, too.
  { error: providerError },
)
export type Layer = z.infer<typeof Layer>

/** Layers that keep what was written last on a device of their own. */
export const cacheLayers: ReadonlySet<Layer> = new Set(['WRITECACHE', 'CACHE', 'BCACHE'])

/** What a resource is on its node. Only `diskful` has storage; a `client` never votes. */
export const ResourceKind = z.enum(['diskful', 'diskless', 'tie-breaker', 'client'])
export type ResourceKind = z.infer<typeof ResourceKind>

export const DiskfulBy = z.enum(['user', 'auto-placer', 'auto-diskful', 'make-available'])
export type DiskfulBy = z.infer<typeof DiskfulBy>

/** DRBD's disk states; `None` is a volume without DRBD whose device exists. */
export const DiskState = z.enum([
  'Diskless',
  'Attaching',
  'Detaching',
  'Failed',
  'Negotiating',
  'Inconsistent',
  'Outdated',
  'DUnknown',
  'Consistent',
  'UpToDate',
])
export type DiskState = z.infer<typeof DiskState>

export const Props = z.record(z.string(), z.string())
export type Props = Readonly<Record<string, string>>
