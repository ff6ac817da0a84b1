/** Sparse ZFS volumes: as ZFS, but nothing is reserved, and space is taken when it is written. */
import type { StorageProvider } from '../provider.ts'
import { zfsProvider } from '../zfs/steps.ts'

export const zfsThin: StorageProvider = zfsProvider(['-s'])
