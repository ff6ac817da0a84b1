import { expect, test } from 'vitest'
import { manualClock } from './clock.ts'
import type { DrbdVersion } from './machine.ts'
import { readTranscript } from './transcript.ts'
import { createWorld, type SimHost } from './world.ts'

/** Ids and times differ from run to run. */
const plain = (text: string) =>
  text
    .replaceAll(/[0-9A-Za-z]{6}(-[0-9A-Za-z]{4}){5}-[0-9A-Za-z]{6}/g, 'UUID')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/"lv_kernel_minor":"\d+"/g, '"lv_kernel_minor":"N"')
    .replaceAll(/"pv_uuid":"[^"]*"/g, '"pv_uuid":"UUID"')
    .replaceAll(/^SIMULATOR: .*\n/gm, '')

async function replay(host: SimHost, transcript: string): Promise<void> {
  for (const { argv, stdout, stderr, code } of readTranscript(transcript)) {
    const found = await host.host.run(argv)
    const said = (out: string, error: string, exit: number | undefined) =>
      `$ ${argv.join(' ')}\n${plain(out)}${plain(error)}rc=${exit}`
    expect(said(found.stdout, found.stderr, found.exitCode)).toBe(said(stdout, stderr, code))
  }
}

/** The machine on which the transcripts were made: two disks of 1 GiB. */
function machine(drbd: DrbdVersion = '9.2.18'): SimHost {
  const gib = 1024 * 1024
  return createWorld({ clock: manualClock() }).addHost({
    name: 'n1',
    address: '10.9.0.1',
    drbd,
    disks: [
      { name: 'ubdb', sizeKib: gib },
      { name: 'ubdc', sizeKib: gib },
    ],
  })
}

async function withVolumes(host: SimHost): Promise<SimHost> {
  await host.host.run(['vgcreate', 'vg0', '/dev/ubdb'])
  await host.host.run(['lvcreate', '-L', '8M', '-n', 'md', 'vg0'])
  await host.host.run(['lvcreate', '-L', '100M', '-n', 'thin1', 'vg0'])
  return host
}

test('lvm2 2.03.16: a session with thick, thin and snapshots is answered word for word', () =>
  replay(machine(), 'lvm2-2.03.16.txt'))

test('zfs 2.1.11: pools, volumes and marks, and what it says while its module is not loaded', async () => {
  const gib = 1024 * 1024
  const host = createWorld({ clock: manualClock() }).addHost({
    name: 'n1',
    disks: [
      { name: 'ubdb', sizeKib: gib },
      { name: 'ubdc', sizeKib: gib },
    ],
    zpools: [],
  })
  host.machine.modules.delete('zfs')
  await replay(host, 'zfs-2.1.11-unloaded.txt')
  await host.host.run(['modprobe', 'zfs'])
  await replay(host, 'zfs-2.1.11.txt')
  await replay(host, 'zfs-2.1.11-snapshots.txt')
})

test('util-linux 2.38: signatures, sizes and loop devices', async () => {
  const host = await withVolumes(machine())
  await host.host.run(['mkdir', '-p', '/state/files'])
  await replay(host, 'util-linux-2.38.txt')
})

test('drbdmeta 9.22 on v09 metadata: create, get-gi, set-gi, and what others see of it', async () =>
  replay(await withVolumes(machine()), 'drbdmeta-9.22-v09.txt'))

test('DRBD 8.4.11 on one node, from metadata to down', async () => {
  const host = await withVolumes(machine('8.4.11'))
  await host.host.run(['modprobe', 'drbd'])
  await host.host.writeFile(
    '/etc/drbd.d/r0.res',
    'resource r0 { volume 0 { device minor 1000; disk /dev/vg0/thin1; meta-disk internal; } on n1 { address ipv4 10.9.0.1:7000; } on n2 { address ipv4 10.9.0.2:7000; } }',
  )
  await replay(host, 'drbd-8.4.11-one-node.txt')
})
