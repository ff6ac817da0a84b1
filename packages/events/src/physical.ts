/** Disks as commands, events and documents name them, and the pools that are made of them. */
import { z } from 'zod'
import { providerError } from './kinds.ts'
import type { CreationTool } from './property/creation-options.ts'

/**
 * A disk, known by more than its path, which another disk may have after the next start: a path
 * with another serial number, name or size is another disk.
 */
export const PhysicalDevice = z.object({
  path: z.string(),
  sizeKib: z.int(),
  serial: z.string().optional(),
  wwn: z.string().optional(),
})
export type PhysicalDevice = z.infer<typeof PhysicalDevice>

/** What device pools can be made for: the others keep their volumes in a directory, or nowhere. */
export const DevicePoolProvider = z.enum(['LVM', 'LVM_THIN', 'ZFS', 'ZFS_THIN'], {
  error: providerError,
})
export type DevicePoolProvider = z.infer<typeof DevicePoolProvider>

/**
 * Further words for the tools that make a device pool, split as a shell would; only options that
 * `property/creation-options.ts` lists. LINSTOR's names.
 */
export const PoolArguments = z.object({
  pvCreateArguments: z.string().max(1_000).optional(),
  vgCreateArguments: z.string().max(1_000).optional(),
  lvCreateArguments: z.string().max(1_000).optional(),
  zpoolCreateArguments: z.string().max(1_000).optional(),
})
export type PoolArguments = z.infer<typeof PoolArguments>

/** The tool that each of them is for, and the providers whose pools it makes. */
export const poolTools = {
  pvCreateArguments: { tool: 'pvcreate', providers: ['LVM', 'LVM_THIN'] },
  vgCreateArguments: { tool: 'vgcreate', providers: ['LVM', 'LVM_THIN'] },
  lvCreateArguments: { tool: 'lvcreate --type thin-pool', providers: ['LVM_THIN'] },
  zpoolCreateArguments: { tool: 'zpool create', providers: ['ZFS', 'ZFS_THIN'] },
} as const satisfies Readonly<
  Record<
    keyof PoolArguments,
    { readonly tool: CreationTool; readonly providers: readonly DevicePoolProvider[] }
  >
>
