/**
 * DRBD 9 in a running node. Nobody packages it for the nodes' kernel, so whoever has built its
 * modules names their directory; nothing of it is in the checkout.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LabNode } from './node.ts'
import { labSupport, type Support } from './support.ts'

/** Environment variable: the directory of the modules, all of them in it. */
export const drbd9Variable = 'VARVE_DRBD9_MODULES'

/** In the order in which they need each other; without the last there is no connection. */
const modules = ['lru_cache', 'handshake', 'drbd', 'drbd_transport_tcp']

export function drbd9Support(): Support {
  const lab = labSupport()
  if (!lab.ok) return lab
  const directory = process.env[drbd9Variable]
  if (directory === undefined) {
    return { ok: false, reason: `${drbd9Variable} does not name a directory with its modules` }
  }
  const absent = modules
    .map((name) => `${name}.ko`)
    .filter((name) => !existsSync(join(directory, name)))
  if (absent.length === 0) return { ok: true }
  return { ok: false, reason: `${drbd9Variable}=${directory} has no ${absent.join(', ')}` }
}

/** After every start of the node and before anything asks for DRBD, which would load the kernel's 8.4. */
export async function loadDrbd9(node: LabNode): Promise<void> {
  // Under /host even a directory below /tmp is seen, which the node has of its own.
  const from = `/host${process.env[drbd9Variable] ?? ''}`
  await node.run(`
    for module in ${modules.join(' ')}; do
      test -e /sys/module/$module || insmod ${from}/$module.ko
    done
    grep -q '^version: 9' /proc/drbd`)
}
