/** The conformance world of real kernels: the lab. */
import { type LabNode, loadDrbd9, loadZfs, zfsSupport } from '../../infra/lab/index.ts'
import { LabSystem } from '../lab/system.ts'
import { measured } from './simulated.ts'
import {
  type ConformanceWorld,
  foreignVolumes,
  imageDirectories,
  type Machines,
  must,
  pools,
  zfsPools,
} from './world.ts'

const blockBytes = 4096

/** Boots the lab; `noteFailure` keeps its logs. */
export async function realWorld(
  machines: Machines,
): Promise<ConformanceWorld & { noteFailure: () => void }> {
  const { nodes } = machines
  const hasZfs = machines.zfs && zfsSupport().ok
  const hasDrbd9 = machines.drbd.startsWith('9')
  const system = await LabSystem.start({
    nodes: nodes.length,
    disksPerNode: 3,
    memoryMib: 384, // ZFS keeps 64 of them for itself
    async prepare(node) {
      if (hasDrbd9) await loadDrbd9(node)
      await prepare(node)
      if (hasZfs) await prepareZfs(node)
    },
  })
  const device = async (definition: string, node: string) => {
    const found = (await system.observed(definition, node))?.volumes[0]?.device
    if (found === undefined) throw new Error(`${definition} has no device on ${node}`)
    return found
  }
  const self = {
    nodes,
    hasZfs,
    command: system.command.bind(system),
    query: system.query.bind(system),
    observed: system.observed.bind(system),
    async startSatellite(node) {
      await system.cluster.startSatellite(system.node(node))
      await system.isOnline(node)
    },
    async powerOff(node) {
      await system.node(node).powerOff()
    },
    async powerOn(node) {
      await system.isOffline(node)
      await system.node(node).start()
      if (hasDrbd9) await loadDrbd9(system.node(node))
      await self.startSatellite(node)
    },
    cut: () => system.node('n2').cut({ network: 'data' }),
    heal: () => system.node('n2').heal({ network: 'data' }),
    failDisk: (node) => system.node(node).failDisk(brittleDisk(system.node(node))),
    run: (node, argv) => system.node(node).run(argv, { check: false }),
    async list(node, directory) {
      const { stdout } = await system.node(node).run(['ls', directory])
      return stdout.split('\n').filter((name) => name !== '')
    },
    async write({ node, definition, block }, text) {
      const to = `of=${await device(definition, node)} bs=${blockBytes} seek=${block}`
      const stdin = text.padEnd(blockBytes, '\0')
      await system.node(node).run(`dd ${to} count=1 iflag=fullblock oflag=direct status=none`, {
        stdin,
      })
    },
    async read({ node, definition, block }) {
      const from = `if=${await device(definition, node)} bs=${blockBytes} skip=${block}`
      const { stdout } = await system
        .node(node)
        .run(`dd ${from} count=1 iflag=direct status=none | tr -d '\\0'`)
      return stdout
    },
    noteFailure: () => system.noteFailure(),
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  } satisfies ConformanceWorld & { noteFailure: () => void }
  try {
    for (const node of nodes) {
      for (const pool of hasZfs ? [...pools, ...zfsPools] : pools)
        await must(self, 'storage-pool.create', { node, ...pool })
    }
    await measured(self)
    return self
  } catch (error) {
    await self[Symbol.asyncDispose]()
    throw error
  }
}

async function prepare(node: LabNode): Promise<void> {
  const [first] = node.disks
  if (!first) throw new Error(`${node.name} has no disk`)
  const brittle = await node.makeFailable(brittleDisk(node))
  await node.run(`
    vgcreate -q vg0 ${first.path}
    lvcreate -q -y --type thin-pool -L 500M -n thin vg0
    vgcreate -q brittle ${brittle.path}
    for directory in ${imageDirectories.join(' ')}; do
      mkdir -p $directory
      echo theirs >$directory/somebody-else.img
    done`)
}

async function prepareZfs(node: LabNode): Promise<void> {
  const disk = node.disks[2]
  if (!disk) throw new Error(`${node.name} has no third disk`)
  await loadZfs(node)
  await node.run(`
    zpool create -f -m none tank ${disk.path}
    zfs create tank/varve
    for volume in ${foreignVolumes.join(' ')}; do
      zfs create -s -V 4M $volume
    done`)
}

function brittleDisk(node: LabNode) {
  const [, disk] = node.disks
  if (!disk) throw new Error(`${node.name} has no second disk`)
  return disk
}
