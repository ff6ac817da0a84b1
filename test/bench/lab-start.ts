/** Nodes on real kernels with a thin pool each, whose satellites tell what they do and how long it takes. */
import type { LabNode } from '../../infra/lab/index.ts'
import { LabSystem } from '../lab/system.ts'

/** For what 500 resources take on a busy machine. */
export const patienceMs = 900_000

export async function startMeasured(nodes: number, words: readonly string[]): Promise<LabSystem> {
  const system = await LabSystem.start({
    nodes,
    diskMib: 8192,
    memoryMib: 512,
    satelliteWords: ['--log-level', 'debug', ...words],
    prepare: makePool,
  })
  for (const { name } of system.lab.nodes) await system.pool(name, 'thin', 'LVM_THIN', 'vg0/thin')
  return system
}

async function makePool(node: LabNode): Promise<void> {
  const [disk] = node.disks
  await node.run(`
    vgcreate -q vg0 ${disk?.path}
    lvcreate -q -y --type thin-pool -L 6G --poolmetadatasize 64M -n thin vg0`)
}

export async function allSettled(system: LabSystem, names: readonly string[]): Promise<void> {
  for (const name of names) await system.settled(name, patienceMs)
}
