/** Thin LVs: as LVs, but created in a thin pool and never wiped, since unwritten blocks are zero. */
import type { BackingObject } from '../../core/inventory.ts'
import { run, type Step } from '../../core/step.ts'
import { locateLv, lvmConfig, lvSteps, newMarks } from '../lvm/steps.ts'
import { afterLvcreate, creationOptions } from '../options.ts'
import type { StorageProvider } from '../provider.ts'
import { lvmThinSnapshots } from './snapshots.ts'

export const lvmThin: StorageProvider = {
  ...lvSteps,
  create: (storage) => [
    run(
      'lvcreate',
      [
        'lvcreate',
        ...lvmConfig,
        '--yes',
        ...newMarks(storage),
        '--virtualsize',
        `${storage.sizeKib}k`,
        '--thinpool',
        storage.backing.split('/')[1] ?? '',
        '--name',
        storage.name,
        locateLv(storage).place,
        ...creationOptions(storage),
      ],
      `there is no thin volume ${locateLv(storage).key}`,
    ),
    ...afterLvcreate(storage, `/dev/${locateLv(storage).key}`),
  ],
  clean: () => [],
  snapshots: lvmThinSnapshots,
}

/** LVM deactivates a thin pool with its last volume, and tells no free space while it is inactive. */
export function activatePool(pool: BackingObject): Step[] {
  if (!pool.isPool || pool.dataPercent !== undefined) return []
  return [
    run(
      'activate pool',
      ['lvchange', ...lvmConfig, '--activate', 'y', pool.key],
      `the thin pool ${pool.key} is not active, so its free space cannot be told`,
    ),
  ]
}
