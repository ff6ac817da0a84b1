/** The satellite's NVMe layer against an imitated kernel: to the end, from any half-way, beside others. */
import type { DesiredNvme, NvmeAddress, PresentResource } from '@varve/events'
import type { Host } from '@varve/satellite'
import { absent, converge, owner, present, storage, volume } from '@varve/satellite/testing'
import { expect, test } from 'vitest'
import { type Cluster, cluster } from './given.ts'
import type { SimHost } from './world.ts'

const nvmet = '/sys/kernel/config/nvmet'
const at: NvmeAddress = { transport: 'tcp', address: '10.9.0.1', port: 4420 }
const layers: PresentResource['layers'] = ['NVME', 'STORAGE']

const nvme = (role: DesiredNvme['role'], more: Partial<DesiredNvme> = {}): DesiredNvme => ({
  role,
  owner,
  at,
  ...more,
})
const target = (more: Partial<PresentResource> = {}) =>
  present({ layers, nvme: nvme('target'), ...more })
const initiator = (more: Partial<PresentResource> = {}): PresentResource => {
  const { storage: _, ...remote } = volume()
  return present({
    ...{ node: 'n2', kind: 'diskless', layers, nvme: nvme('initiator'), volumes: [remote] },
    ...more,
  })
}

type Pair = { readonly each: Cluster; readonly n1: SimHost; readonly n2: SimHost }

async function pair(): Promise<Pair> {
  const each = cluster(2)
  const [n1, n2] = each.hosts
  if (!n1 || !n2) throw new Error('two hosts')
  for (const host of each.hosts) await modules(host)
  return { each, n1, n2 }
}

/** As the satellite does at its start. */
async function modules({ host }: SimHost): Promise<void> {
  await host.run(['modprobe', '--all', 'nvmet', 'nvmet-tcp', 'nvme-fabrics', 'nvme-tcp'])
}

/** All that nvmet shows, as lines of `path=text`. */
async function shown({ host }: SimHost, path = nvmet): Promise<string[]> {
  const names = await host.list(path)
  if (names.length === 0) {
    const text = await host.readFile(path)
    return text === undefined ? [] : [`${path}=${text.trim()}`]
  }
  return (
    await Promise.all(names.map((name) => shown({ host } as SimHost, `${path}/${name}`)))
  ).flat()
}

/** The satellite is killed before its next but `left` changes. */
function cutOff({ host }: SimHost, left: number): Host {
  let rest = left
  const spend = () => {
    rest -= 1
    if (rest < 0) throw new Error('killed')
  }
  return {
    ...host,
    run: async (argv, options) => {
      if (!/^(lvs|vgs|drbdsetup)$/.test(argv[0] ?? '')) spend()
      return host.run(argv, options)
    },
    changeKernel: async (change) => {
      spend()
      await host.changeKernel(change)
    },
  }
}

const attempt = async (host: Host, document: Parameters<typeof converge>[1]) => {
  try {
    return await converge(host, document)
  } catch {
    return undefined
  }
}

test('offered, used, larger, off and on again with the same identity, gone', async () => {
  const { each, n1, n2 } = await pair()
  expect(await converge(n1.host, target())).toMatchObject({ kind: 'true' })
  const offered = await shown(n1)
  expect(await converge(n2.host, initiator())).toMatchObject({ kind: 'true' })
  await each.tool(n2, 'mkfs.ext4', '/dev/nvme0n1')
  expect(await each.tool(n1, 'blkid', '/dev/vg0/web_00000')).toContain('TYPE=ext4')

  const grown = target({ volumes: [volume({ storage: storage({ sizeKib: 409_600 }) })] })
  expect(await converge(n1.host, grown)).toMatchObject({ kind: 'true' })
  const { storage: _, ...remote } = volume({ sizeKib: 409_600 })
  expect(await converge(n2.host, initiator({ volumes: [remote] }))).toMatchObject({ kind: 'true' })
  expect(await each.tool(n2, 'blockdev', '--getsize64', '/dev/nvme0n1')).toBe(`${409_600 * 1024}\n`)

  n1.crash()
  expect((await n2.host.run(['blkid', '/dev/nvme0n1'])).exitCode).not.toBe(0)
  n1.boot()
  await modules(n1)
  await converge(n1.host, grown)
  expect(await shown(n1)).toEqual(offered)
  expect(await each.tool(n2, 'blkid', '/dev/nvme0n1')).toContain('TYPE=ext4')

  await each.tool(n2, 'mount', '/dev/nvme0n1', '/srv')
  const busy = await converge(n2.host, absent(initiator()))
  expect(busy.failure).toMatchObject({ problem: 'device-busy' })
  await each.tool(n2, 'umount', '/srv')
  expect(await converge(n2.host, absent(initiator()))).toMatchObject({ kind: 'true' })
  expect(await n2.host.list('/sys/class/nvme')).toEqual([])
  expect(await converge(n1.host, absent(grown))).toMatchObject({ kind: 'true' })
  expect(await shown(n1)).toEqual([])
  expect(n1.machine.groups.get('vg0')?.volumes.has('web_00000')).toBe(false)
  expect(each.world.unknown).toEqual([])
})

test('wherever it is killed, it goes on to the same end, and takes all of it away again', async () => {
  const { n1: whole } = await pair()
  await converge(whole.host, target())
  const expected = await shown(whole)
  for (let left = 0; left < 24; left += 1) {
    const { n1 } = await pair()
    await attempt(cutOff(n1, left), target())
    expect(await converge(n1.host, target())).toMatchObject({ kind: 'true' })
    expect(await shown(n1)).toEqual(expected)
    await attempt(cutOff(n1, left), absent(target()))
    expect(await converge(n1.host, absent(target()))).toMatchObject({ kind: 'true' })
    expect(await shown(n1)).toEqual([])
    expect(n1.machine.groups.get('vg0')?.volumes.has('web_00000')).toBe(false)
  }
})

test('resources share a port, which goes with the last of them', async () => {
  const { n1 } = await pair()
  const db = target({
    resource: 'db',
    volumes: [volume({ storage: storage({ name: 'db_00000' }) })],
  })
  await converge(n1.host, target())
  await converge(n1.host, db)
  expect(await n1.host.list(`${nvmet}/ports`)).toEqual(['44200'])
  expect(await n1.host.list(`${nvmet}/ports/44200/subsystems`)).toEqual([
    'LS-NVMe_db',
    'LS-NVMe_web',
  ])
  await converge(n1.host, absent(target()))
  expect(await n1.host.list(`${nvmet}/ports/44200/subsystems`)).toEqual(['LS-NVMe_db'])
  await converge(n1.host, absent(db))
  expect(await n1.host.list(`${nvmet}/ports`)).toEqual([])
})

test('a volume that goes while the resource stays is withdrawn before its storage goes', async () => {
  const { n1 } = await pair()
  const second = volume({ number: 1, storage: storage({ name: 'web_00001' }) })
  await converge(n1.host, target({ volumes: [volume(), second] }))
  const namespaces = `${nvmet}/subsystems/LS-NVMe_web/namespaces`
  expect(await n1.host.list(namespaces)).toEqual(['1', '2'])
  const fewer = target({ volumes: [volume()], removed: [second] })
  expect(await converge(n1.host, fewer)).toMatchObject({ kind: 'true' })
  expect(await n1.host.list(namespaces)).toEqual(['1'])
  expect(n1.machine.groups.get('vg0')?.volumes.has('web_00001')).toBe(false)
})

/** Somebody else's, in use, under a name of our kind and at a port of theirs. */
async function plant({ host }: SimHost, name: string, service: string): Promise<void> {
  const path = `${nvmet}/subsystems/${name}`
  await host.run(['lvcreate', '--yes', '--size', '65536k', '--name', 'theirs', 'vg0'])
  await host.changeKernel({ op: 'make', path })
  await host.changeKernel({ op: 'make', path: `${path}/namespaces/1` })
  const device = `${path}/namespaces/1`
  await host.changeKernel({ op: 'set', path: `${device}/device_path`, text: '/dev/vg0/theirs' })
  await host.changeKernel({ op: 'set', path: `${device}/enable`, text: '1' })
  const port = `${nvmet}/ports/1`
  await host.changeKernel({ op: 'make', path: port })
  await host.changeKernel({ op: 'set', path: `${port}/addr_trtype`, text: 'tcp' })
  await host.changeKernel({ op: 'set', path: `${port}/addr_trsvcid`, text: service })
  await host.changeKernel({ op: 'set', path: `${port}/addr_traddr`, text: at.address })
  await host.changeKernel({ op: 'link', path: `${port}/subsystems/${name}`, to: path })
}

test.each([
  { what: 'a subsystem of our name', name: 'LS-NVMe_web', service: '4444', says: 'no mark' },
  { what: 'a port at our address', name: 'theirs', service: '4420', says: 'set NVMe/Port' },
])('$what that is not ours is left alone, and named', async ({ name, service, says }) => {
  const { n1 } = await pair()
  await plant(n1, name, service)
  const before = await shown(n1)
  const refused = await converge(n1.host, target())
  expect(refused).toMatchObject({ kind: 'refused' })
  expect(refused.reason).toContain(says)
  expect(await converge(n1.host, absent(target()))).toMatchObject({ kind: 'true' })
  expect(await shown(n1)).toEqual(before)
})

test('beside what others offer, ours comes and goes', async () => {
  const { n1 } = await pair()
  await plant(n1, 'LS-NVMe_theirs', '4444')
  const before = await shown(n1)
  expect(await converge(n1.host, target())).toMatchObject({ kind: 'true' })
  expect(await converge(n1.host, absent(target()))).toMatchObject({ kind: 'true' })
  expect(await shown(n1)).toEqual(before)
})

test('an initiator whose target is silent waits for it, and says when there is none any more', async () => {
  const { n1, n2 } = await pair()
  await converge(n1.host, target())
  await converge(n2.host, initiator())
  n1.crash()
  const waits = await converge(n2.host, initiator())
  expect(waits).toMatchObject({ kind: 'waits' })
  expect(waits.reason).toContain('does not answer at 10.9.0.1 (connecting)')
  const { at: _, ...nowhere } = nvme('initiator')
  const lost = await converge(n2.host, initiator({ nvme: nowhere }))
  expect(lost).toMatchObject({ kind: 'refused' })
  expect(lost.reason).toContain('no target any more')
  expect(await converge(n2.host, absent(initiator()))).toMatchObject({ kind: 'true' })
  expect(await n2.host.list('/sys/class/nvme')).toEqual([])
})

test('under it may be LUKS: what travels is what users see, what lies there is not', async () => {
  const { each, n1, n2 } = await pair()
  await n1.host.run(['modprobe', 'dm-crypt'])
  const luks = {
    ...{ key: { state: 'sealed', sealed: 'BOX' } as const, hasRandomKey: true },
    ...{ formatOptions: [], openOptions: [], allowDiscards: false },
  }
  const encrypted = target({ layers: ['NVME', 'LUKS', 'STORAGE'], volumes: [volume({ luks })] })
  const unseal = () => 'a key of 32 random bytes'
  expect(await converge(n1.host, encrypted, unseal)).toMatchObject({ kind: 'true' })
  const { storage: _, ...remote } = volume({ sizeKib: 204_800 - 16_384 })
  const far = initiator({ layers: encrypted.layers, volumes: [remote] })
  expect(await converge(n2.host, far)).toMatchObject({ kind: 'true' })
  await each.tool(n2, 'mkfs.ext4', '/dev/nvme0n1')
  expect(await each.tool(n1, 'blkid', '/dev/vg0/web_00000')).toContain('TYPE=crypto_LUKS')
  expect(await each.tool(n1, 'blkid', '/dev/mapper/Linstor-Crypt-web_00000')).toContain('ext4')
  expect(await converge(n2.host, absent(far))).toMatchObject({ kind: 'true' })
  expect(await converge(n1.host, absent(encrypted), unseal)).toMatchObject({ kind: 'true' })
  expect(n1.machine.groups.get('vg0')?.volumes.has('web_00000')).toBe(false)
})

test('an initiator waits for its target, and tells when that has moved or is another', async () => {
  const { n1, n2 } = await pair()
  const { at: _, ...nowhere } = nvme('initiator')
  expect(await converge(n2.host, initiator({ nvme: nowhere }))).toMatchObject({ kind: 'waits' })
  await converge(n1.host, target())
  await converge(n2.host, initiator())
  const moved = nvme('initiator', { at: { ...at, address: '10.9.0.7' } })
  const elsewhere = await converge(n2.host, initiator({ nvme: moved }))
  expect(elsewhere.reason).toContain('connected to 10.9.0.1')
  const another = initiator({ nvme: nvme('initiator', { owner: 'another' }) })
  expect((await converge(n2.host, another)).reason).toContain('not this resource')
  expect(await converge(n2.host, absent(another))).toMatchObject({ kind: 'true' })
  expect(await n2.host.list('/sys/class/nvme')).toEqual(['nvme0'])
})
