/** Disks as commands, events and documents name them, and the pools that are made of them. */
import { z } from 'zod'
import { providerError } from './kinds.ts'

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
