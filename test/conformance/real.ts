/** The conformance world of real kernels: the lab. */
import {
  type LabNode,
  loadDrbd9,
  loadNvme,
  loadZfs,
  nvmeSupport,
  zfsSupport,
} from '../../infra/lab/index.ts'
import { LabSystem } from '../lab/system.ts'
import { measured } from './simulated.ts'
import {
  type ConformanceWorld,
  deviceOf,
  foreignVolumes,
  imageDirectories,
  type Machines,
  must,
  zfsPools,
} from './world.ts'

const blockBytes = 4096

/** Boots the lab; `noteFailure` keeps its logs. */
export async function realWorld(
  machines: Machines,
): Promise<ConformanceWorld & { noteFailure: () => void }> {
  const { nodes } = machines
  const hasZfs = machines.extra === 'zfs' && zfsSupport().ok
  const hasNvme = machines.extra === 'nvme' && nvmeSupport().ok
  const pools = hasZfs ? [...machines.pools, ...zfsPools] : machines.pools
  const hasDrbd9 = machines.drbd.startsWith('9')
  const system = await LabSystem.start({
    nodes: nodes.length,
    disksPerNode: 3,
    diskMib: 2048,
    memoryMib: 384, // ZFS keeps 64 of them for itself
    async prepare(node) {
      if (hasDrbd9) await loadDrbd9(node)
      await prepare(node)
      if (hasZfs) await prepareZfs(node)
      if (hasNvme) await loadNvme(node)
    },
  })
  const self = {
    nodes,
    pools,
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
    fill: (node, what) => fill(system.node(node), what),
    hang: (node, tool, word) => hang(system.node(node), tool, word),
    run: (node, argv) => system.node(node).run(argv, { check: false }),
    async list(node, directory) {
      const { stdout } = await system.node(node).run(['ls', directory])
      return stdout.split('\n').filter((name) => name !== '')
    },
    async write({ node, definition, block }, text) {
      const to = `of=${await deviceOf(self, definition, node)} bs=${blockBytes} seek=${block}`
      const stdin = text.padEnd(blockBytes, '\0')
      await system.node(node).run(`dd ${to} count=1 iflag=fullblock oflag=direct status=none`, {
        stdin,
      })
    },
    async read({ node, definition, block }) {
      const from = `if=${await deviceOf(self, definition, node)} bs=${blockBytes} skip=${block}`
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
      for (const pool of pools) await must(self, 'storage-pool.create', { node, ...pool })
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
    lvcreate -q -y --type thin-pool -L 16M -n small vg0
    lvchange -q --errorwhenfull y vg0/small
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

/** Data: somebody else's volume takes all that is left. Metadata: so do devices without any data. */
async function fill(node: LabNode, what: 'data' | 'metadata'): Promise<void> {
  if (what === 'metadata') await node.run(['perl', '-e', fillMetadata, 'vg0-small-tpool'])
  else
    await node.run(`
      lvcreate -q -y -V 32M --thinpool small -n filler vg0
      dd if=/dev/zero of=/dev/vg0/filler bs=1M oflag=direct status=none || true`)
}

/** `dmsetup message <pool> 0 "create_thin <id>"` until it fails, in one process instead of 900. */
const fillMetadata = `
  open(my $control, '+<', '/dev/mapper/control') or die "$!\\n";
  for my $id (5000 .. 9000) {
    my $message = "create_thin $id\\0";
    my @header = (4, 0, 0, 320 + length $message, 312, (0) x 5, 0, $ARGV[0], '', '');
    ioctl($control, 0xc138fd0e, pack('L10 Q a128 a129 a7 Q a*', @header, 0, $message)) or exit 0;
  }
  die "there is room for more\\n";`

/** Tools of LVM are one program, known by the name that it is called by. SIGTERM does not end it. */
async function hang(node: LabNode, tool: string, word: string): Promise<void> {
  await node.run(`cat >/usr/sbin/${tool}.new; chmod +x /usr/sbin/${tool}.new`, {
    stdin: `#!/bin/bash
if [[ "$*" == *${word}* ]]; then
  ln -sf lvm /usr/sbin/${tool}
  trap '' TERM
  /usr/sbin/lvm ${tool} "$@"
  exec sleep 300
fi
exec /usr/sbin/lvm ${tool} "$@"
`,
  })
  await node.run(`mv /usr/sbin/${tool}.new /usr/sbin/${tool}`)
}
