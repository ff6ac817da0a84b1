/** What stories do to a node by hand, as an administrator would: pools, foreign things, data. */
import type { LabNode } from '../../infra/lab/index.ts'

/** A volume group `vg0` on the first disk, with a thin pool `thin` in it. */
export async function makeThinPool(node: LabNode): Promise<void> {
  await makeGroup(node)
  await node.run('lvcreate -q -y --type thin-pool -L 600M -n thin vg0')
}

export async function makeGroup(node: LabNode): Promise<void> {
  const [disk] = node.disks
  if (!disk) throw new Error(`${node.name} has no disk`)
  await node.run(`vgcreate -q vg0 ${disk.path}`)
}

const foreignConfig = `resource theirs {
  net { ping-int 1; timeout 10; connect-int 1; }
  device minor 900; disk /dev/vg0/theirs; meta-disk internal;
  on n1 { address 10.9.0.1:7900; }
  on n2 { address 10.9.0.2:7900; }
}
`

/** An LV, a DRBD resource and files that somebody else made, in the very places that Varve uses. */
export async function makeForeign(node: LabNode, config = foreignConfig): Promise<void> {
  await node.writeFile('/etc/drbd.d/theirs.res', config)
  await node.writeFile('/var/lib/varve.d/theirs.txt', 'not Varve’s\n')
  await node.run(`
    lvcreate -q -y -L 16M -n foreign vg0
    echo precious | dd of=/dev/vg0/foreign bs=4k conv=sync oflag=direct status=none
    lvcreate -q -y -L 16M -n theirs vg0
    modprobe drbd
    drbdadm create-md --force theirs >&2
    drbdadm up theirs`)
}

/** Everything foreign as text: the same text before and after means untouched. */
export async function foreignState(node: LabNode): Promise<string> {
  const { stdout } = await node.run(`
    lvs --noheadings -o lv_name,lv_size,lv_tags vg0/foreign vg0/theirs
    dd if=/dev/vg0/foreign bs=4k count=1 iflag=direct status=none | tr -d '\\0'
    cat /etc/drbd.d/theirs.res /var/lib/varve.d/theirs.txt
    drbdsetup show theirs`)
  return stdout
}

/** Fills the first `mibs` of a device with noise and gives its checksum. */
export async function writePattern(node: LabNode, device: string, mibs: number): Promise<string> {
  // Synced: behind a loop device a direct write is still in memory, and a power loss takes it.
  const synced = 'oflag=direct conv=fsync'
  await node.run(`dd if=/dev/urandom of=${device} bs=1M count=${mibs} ${synced} status=none`)
  return readPattern(node, device, mibs)
}

export async function readPattern(node: LabNode, device: string, mibs: number): Promise<string> {
  const read = `dd if=${device} bs=1M count=${mibs} iflag=direct status=none`
  return (await node.run(`${read} | sha256sum`)).stdout
}

/** Size of a block device, KiB; asked without opening it, which a Secondary does not allow. */
export async function sizeKibOf(node: LabNode, device: string): Promise<number> {
  const { stdout } = await node.run(`cat /sys/dev/block/$(stat -L -c %Hr:%Lr ${device})/size`)
  return Number(stdout) / 2
}

/** Names of everything on the node that belongs to a resource: LVs, minors, configuration files. */
export async function tracesOf(node: LabNode, resource: string): Promise<string[]> {
  const { stdout } = await node.run(`
    lvs --noheadings -o lv_name | tr -d ' ' | sed 's/^/lv /' || true
    test ! -e /sys/module/drbd || drbdsetup events2 --now | grep -o 'name:[^ ]*\\|minor:[^ ]*' | sort -u || true
    find /var/lib -path '/var/lib/varve.d/*' -type f | sed 's/^/file /'`)
  return stdout.split('\n').filter((line) => new RegExp(`\\b${resource}(_|\\.|$)`).test(line))
}
