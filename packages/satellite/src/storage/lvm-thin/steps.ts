/** Thin LVs: as LVs, but created in a thin pool and never wiped, since unwritten blocks are zero. */
import { run } from '../../core/step.ts'
import { locateLv, lvmConfig, lvSteps, newMarks } from '../lvm/steps.ts'
import type { StorageProvider } from '../provider.ts'

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
      ],
      `there is no thin volume ${locateLv(storage).key}`,
    ),
  ],
  clean: () => [],
}
