/** The closed vocabularies of the field: LINSTOR's and DRBD's own words. */
import { z } from 'zod'

export const NodeKind = z.enum(['Controller', 'Satellite', 'Combined', 'Auxiliary'])
export type NodeKind = z.infer<typeof NodeKind>

export const Provider = z.enum([
  'LVM',
  'LVM_THIN',
  'ZFS',
  'ZFS_THIN',
  'FILE',
  'FILE_THIN',
  'DISKLESS',
])
export type Provider = z.infer<typeof Provider>

/** Kinds of storage whose unwritten blocks take no space (reference 3.4, 5). */
export const thinProviders: ReadonlySet<Provider> = new Set(['LVM_THIN', 'ZFS_THIN', 'FILE_THIN'])

export const Layer = z.enum(['DRBD', 'LUKS', 'CACHE', 'WRITECACHE', 'BCACHE', 'NVME', 'STORAGE'])
export type Layer = z.infer<typeof Layer>

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
