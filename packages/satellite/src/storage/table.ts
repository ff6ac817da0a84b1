/** The providers that this satellite has; what is not listed is refused with a sentence. */
import type { Provider } from '@varve/events'
import { file } from './file/steps.ts'
import { fileThin } from './file-thin/steps.ts'
import { lvm } from './lvm/steps.ts'
import { lvmThin } from './lvm-thin/steps.ts'
import type { StorageProvider } from './provider.ts'
import { zfs } from './zfs/steps.ts'
import { zfsThin } from './zfs-thin/steps.ts'

const table: Partial<Record<Provider, StorageProvider>> = {
  LVM: lvm,
  LVM_THIN: lvmThin,
  ZFS: zfs,
  ZFS_THIN: zfsThin,
  FILE: file,
  FILE_THIN: fileThin,
}

export function providerOf(provider: Provider): StorageProvider | undefined {
  return table[provider]
}
