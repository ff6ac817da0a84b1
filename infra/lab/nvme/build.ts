/** NVMe over fabrics out of the kernel's own source: both ends, over TCP. */
import { join } from 'node:path'
import { shell } from '../modules/shell.ts'
import { modules } from './load.ts'

export async function buildNvme(work: string, out: string): Promise<void> {
  const files = modules.map((name) => `drivers/nvme/*/${name}.ko`).join(' ')
  await shell(
    join(work, 'linux'),
    `make -s ARCH=um -j$(nproc) M=drivers/nvme modules >nvme.log 2>&1
    for file in ${files}; do strip --strip-debug "$file" -o ${out}/$(basename "$file"); done`,
  )
}
