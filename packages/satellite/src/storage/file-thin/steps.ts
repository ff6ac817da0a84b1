/** Sparse image files: as FILE, but space is taken when it is written. */
import { run } from '../../core/step.ts'
import { fileProvider } from '../file/steps.ts'
import type { StorageProvider } from '../provider.ts'

export const fileThin: StorageProvider = fileProvider((image, sizeKib) =>
  run(
    'truncate',
    ['truncate', `--size=${sizeKib}K`, image],
    `the image ${image} shall have ${sizeKib} KiB`,
  ),
)
