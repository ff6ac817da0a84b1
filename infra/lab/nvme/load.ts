// NVMe over fabrics in a running node.
import { kernelVersion, partDirectory } from '../modules/place.ts'
import type { LabNode } from '../node.ts'

/** In the order in which they need each other. */
export const modules = ['nvmet', 'nvmet-tcp', 'nvme-core', 'nvme-fabrics', 'nvme-tcp'] as const

/** Both ends; after every start of the node. */
export async function loadNvme(node: LabNode): Promise<void> {
  const kernel = kernelVersion()
  if (kernel === undefined) throw new Error('there is no user-mode kernel')
  // Under /host even a cache below /tmp is seen, which the node has of its own.
  const from = `/host${partDirectory('nvme', kernel)}`
  await node.run(`
    modprobe t10-pi
    for module in ${modules.join(' ')}; do
      test -e /sys/module/$(echo $module | tr - _) || insmod ${from}/$module.ko
    done`)
}
