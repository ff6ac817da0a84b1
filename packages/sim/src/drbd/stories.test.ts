import { expect, test } from 'vitest'
import { type Cluster, cluster, deploy, resFile } from '../given.ts'
import type { SimHost } from '../world.ts'

const three = (each: Cluster): [SimHost, SimHost, SimHost] => {
  const [a, b, c] = each.hosts
  if (!a || !b || !c) throw new Error('three hosts')
  return [a, b, c]
}
const two = (each: Cluster): [SimHost, SimHost] => {
  const [a, b] = each.hosts
  if (!a || !b) throw new Error('two hosts')
  return [a, b]
}
const status = (each: Cluster, host: SimHost) => each.tool(host, 'drbdsetup', 'status', 'web')

test('what was written on the Primary is on its peer after a failover', async () => {
  const each = cluster(3)
  await deploy(each, { diskless: [2] })
  const [n1, n2] = three(each)
  n1.open('web')
  n1.write('web', 7, 'precious')
  n1.crash()
  each.clock.advance(1000)
  expect(n2.open('web')).toBeUndefined()
  expect(n2.read('web', 7)).toBe('precious')
})

test('a second Primary is refused, and a device in use does not go Secondary', async () => {
  const each = cluster(2)
  await deploy(each)
  const [n1, n2] = two(each)
  n1.open('web')
  expect(await each.refused(n2, 'drbdadm', 'primary', 'web')).toMatchObject({
    code: 11,
    stderr: expect.stringContaining('(-1) Multiple primaries not allowed by config'),
  })
  expect(await each.refused(n1, 'drbdadm', 'secondary', 'web')).toMatchObject({
    code: 11,
    stderr: expect.stringContaining('Device is held open by someone'),
  })
  expect(await each.refused(n1, 'drbdsetup', 'down', 'web')).toMatchObject({ code: 11 })
})

test('a full resync takes as long as its size at the configured rate, and tells how far it is', async () => {
  const each = cluster(2, '9.2.18', { timing: { syncKibPerSecond: 102_400, syncTickMs: 100 } })
  const [n1, n2] = two(each)
  for (const host of each.hosts) {
    await each.tool(host, 'lvcreate', '-y', '-L', '1G', '-n', 'web_00000', 'vg0')
    await host.host.writeFile('/etc/drbd.d/web.res', resFile(each, host))
    await each.tool(host, 'drbdadm', 'create-md', '--force', 'web')
    await each.tool(host, 'drbdadm', 'adjust', 'web')
  }
  each.clock.advance(1000)
  expect(await status(each, n1)).toContain('disk:Inconsistent')
  expect(await each.refused(n1, 'drbdadm', 'primary', 'web')).toMatchObject({ code: 17 })
  await each.tool(n1, 'drbdadm', 'primary', '--force', 'web')
  n1.write('web', 3, 'during the resync')
  each.clock.advance(5000)
  expect(await status(each, n2)).toMatch(/replication:SyncTarget peer-disk:UpToDate done:4\d\.\d\d/)
  expect(await each.refused(n1, 'drbdadm', 'resize', 'web/0')).toMatchObject({
    code: 10,
    stderr: expect.stringContaining('(130) Resize not allowed during resync.'),
  })
  each.clock.advance(6000)
  expect(await status(each, n2)).toContain('disk:UpToDate')
  expect(n2.replica('web')).toBe('3=during the resync')
})

test('an interrupted resync leaves the target inconsistent and goes on later', async () => {
  const each = cluster(2, '9.2.18', { timing: { syncKibPerSecond: 1024 } })
  await deploy(each, { options: 'quorum off;' })
  const [n1, n2] = two(each)
  each.world.network.cut('n1')
  each.clock.advance(1000)
  n1.open('web')
  for (let block = 0; block < 100; block += 1) n1.write('web', block, 'new')
  each.world.network.heal()
  each.clock.advance(1000)
  expect(await status(each, n2)).toContain('disk:Inconsistent')
  n2.crash()
  each.clock.advance(1000)
  n2.boot()
  await each.tool(n2, 'drbdadm', 'adjust', 'web')
  expect(await status(each, n2)).toContain('disk:Inconsistent')
  each.clock.advance(10_000)
  expect(await status(each, n2)).toContain('disk:UpToDate')
  expect(n2.replica('web')).toBe(n1.replica('web'))
})

test('a split brain is told, both stay apart, and throwing one side away heals it', async () => {
  const each = cluster(2)
  await deploy(each, { options: 'quorum off;' })
  const [n1, n2] = two(each)
  each.world.network.cut('n1')
  each.clock.advance(1000)
  for (const host of each.hosts) {
    host.open('web')
    host.write('web', 1, `by ${host.name}`)
    host.close('web')
  }
  each.world.network.heal()
  each.clock.advance(1000)
  for (const host of each.hosts) expect(await status(each, host)).toContain('connection:StandAlone')
  await each.tool(n2, 'drbdadm', 'connect', '--discard-my-data', 'web')
  await each.tool(n1, 'drbdadm', 'connect', 'web')
  each.clock.advance(1000)
  expect(n2.replica('web')).toBe('1=by n1')
  expect(await status(each, n2)).toContain('disk:UpToDate')
})

test('one that restarts and meets only the tie-breaker gets no quorum', async () => {
  const each = cluster(3)
  await deploy(each, { diskless: [2] })
  const [n1, n2, n3] = three(each)
  n2.crash()
  each.clock.advance(1000)
  n3.open('web')
  n3.write('web', 1, 'n2 does not have this')
  n3.close('web')
  n1.crash()
  each.clock.advance(1000)
  n2.boot()
  await each.tool(n2, 'drbdadm', 'adjust', 'web')
  each.clock.advance(2000)
  expect(await status(each, n2)).toContain('disk:UpToDate quorum:no')
  expect(n2.open('web')).toBe('Wrong medium type')
  expect(n3.open('web')).toBe('Wrong medium type')
})

test('a replica that hears of the Primary only through others is outdated, and catches up', async () => {
  const each = cluster(3)
  await deploy(each)
  const [n1, n2, n3] = three(each)
  n1.open('web')
  each.world.network.cut('n1', 'n3')
  each.clock.advance(1000)
  expect(await status(each, n3)).toContain('disk:Outdated')
  n1.write('web', 1, 'n3 misses this')
  n1.close('web')
  each.clock.advance(1000)
  expect(n3.replica('web')).toBe(n2.replica('web'))
  expect(await status(each, n3)).toContain('disk:UpToDate')
})

test('a broken disk: the device goes on through its peer, and is told from a client', async () => {
  const each = cluster(2)
  await deploy(each)
  const [n1, n2] = two(each)
  n2.failDisk('sdb')
  expect(await status(each, n2)).toContain('disk:Diskless client:no')
  expect(await status(each, n1)).toContain('peer-disk:Diskless peer-client:no')
  expect(n2.open('web')).toBeUndefined()
  expect(n2.write('web', 1, 'through n1')).toBeUndefined()
  expect(n1.replica('web')).toBe('1=through n1')
  expect(await each.refused(n2, 'lvs', '--reportformat', 'json', 'vg0')).toMatchObject({
    code: 5,
    stderr: '  Volume group "vg0" not found\n  Cannot process volume group vg0\n',
  })
})

test('a tie-breaker becomes a replica and goes back', async () => {
  const each = cluster(3)
  await deploy(each, { diskless: [2] })
  const [n1, , n3] = three(each)
  n1.open('web')
  n1.write('web', 1, 'from before')
  await each.tool(
    n3,
    'lvcreate',
    '-y',
    '-V',
    '100M',
    '--thinpool',
    'thin',
    '-n',
    'web_00000',
    'vg0',
  )
  await each.tool(
    n3,
    'drbdmeta',
    '--force',
    '1000',
    'v09',
    '/dev/vg0/web_00000',
    'internal',
    'create-md',
    '7',
  )
  for (const host of each.hosts) {
    await host.host.writeFile('/etc/drbd.d/web.res', resFile(each, host))
    await each.tool(host, 'drbdadm', 'adjust', 'web')
  }
  each.clock.advance(2000)
  expect(n3.replica('web')).toBe('1=from before')
  expect(await status(each, n3)).toMatch(/^ {2}disk:UpToDate$/m)
  for (const host of each.hosts) {
    await host.host.writeFile('/etc/drbd.d/web.res', resFile(each, host, { diskless: [2] }))
    await each.tool(host, 'drbdadm', 'adjust', 'web')
  }
  expect(await status(each, n3)).toContain('disk:Diskless client:yes')
  await each.tool(n3, 'lvremove', '-f', 'vg0/web_00000')
})

test('a volume grows to the smallest of its backing devices', async () => {
  const each = cluster(2)
  await deploy(each)
  const [n1, n2] = two(each)
  const size = async () =>
    Number(await each.tool(n1, 'blockdev', '--getsize64', '/dev/drbd1000')) / 1024
  const before = await size()
  await each.tool(n1, 'lvextend', '--size', '204800k', 'vg0/web_00000')
  await each.tool(n1, 'drbdadm', 'resize', 'web/0')
  expect(await size()).toBe(before)
  await each.tool(n2, 'lvextend', '--size', '204800k', 'vg0/web_00000')
  await each.tool(n1, 'drbdadm', 'resize', 'web/0')
  each.clock.advance(1000)
  // The bitmaps for seven peers have grown with it (160 sectors of metadata instead of 120).
  expect(await size()).toBe(204_800 - 80)
  expect(await status(each, n2)).toContain('disk:UpToDate')
})

test('a wrong address, a wrong secret or a wrong node-id: no connection', async () => {
  const wrong = [
    { from: '10.9.0.2:7000', to: '10.9.0.2:7999', ends: 'Connecting' },
    {
      from: 'protocol C;',
      to: 'protocol C; cram-hmac-alg sha1; shared-secret "x";',
      ends: 'StandAlone',
    },
    { from: 'node-id 1;', to: 'node-id 5;', ends: 'StandAlone' },
  ]
  for (const { from, to, ends } of wrong) {
    const each = cluster(2)
    const [n1] = two(each)
    await deploy(each)
    await each.tool(n1, 'drbdadm', 'down', 'web')
    await n1.host.writeFile('/etc/drbd.d/web.res', resFile(each, n1).replace(from, to))
    await each.tool(n1, 'drbdadm', 'adjust', 'web')
    each.clock.advance(2000)
    expect(await status(each, n1)).toContain(`n2 connection:${ends}`)
  }
})

test('drbdadm says what is wrong with a file, a missing volume and missing metadata', async () => {
  const each = cluster(2)
  const [n1] = two(each)
  await n1.host.writeFile('/tmp/x.res', 'resource "web" {\n  net { protokol C; }\n}\n')
  expect(await each.refused(n1, 'drbdadm', '--config-file', '/tmp/x.res', 'sh-nop')).toMatchObject({
    code: 10,
    stderr: expect.stringContaining("/tmp/x.res:2: Parse error: 'an option keyword' expected"),
  })
  await n1.host.writeFile('/etc/drbd.d/web.res', resFile(each, n1))
  expect(await each.refused(n1, 'drbdadm', 'adjust', 'web')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('open(/dev/vg0/web_00000) failed: No such file or directory'),
  })
  await each.tool(n1, 'lvcreate', '-y', '-L', '100M', '-n', 'web_00000', 'vg0')
  expect(await each.refused(n1, 'drbdadm', 'adjust', 'web')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No valid meta data found'),
  })
  expect(await each.refused(n1, 'drbdadm', 'adjust', 'db')).toEqual({
    code: 1,
    stderr: "'db' not defined in your config (for this host).\n",
  })
})

test('DRBD 8.4 skips the first resync with restored metadata, and replicates', async () => {
  const each = cluster(2, '8.4.11')
  const [n1, n2] = two(each)
  const md = (current: string, bitmap: string) =>
    `version "v08";\nuuid {\n 0x${current}; 0x${bitmap}; 0x0000000000000000; 0x0000000000000000;\n flags 0x00000011;\n}\nla-size-sect 204728;\nbm-byte-per-bit 4096;\ndevice-uuid 0x1234567890ABCDEF;\nla-peer-max-bio-size 0;\nal-stripes 1;\nal-stripe-size-4k 8;\nbm {\n}\n`
  for (const host of each.hosts) {
    await each.tool(
      host,
      'lvcreate',
      '-y',
      '-V',
      '100M',
      '--thinpool',
      'thin',
      '-n',
      'web_00000',
      'vg0',
    )
    await host.host.writeFile('/tmp/web.md', md('AAAAAAAAAAAAAAA0', '0000000000000000'))
    const meta = ['drbdmeta', '--force', '1000', 'v08', '/dev/vg0/web_00000', 'internal']
    await each.tool(host, ...meta, 'create-md')
    await each.tool(host, ...meta, 'restore-md', '/tmp/web.md')
    await host.host.writeFile('/etc/drbd.d/web.res', resFile(each, host))
    await each.tool(host, 'drbdadm', 'adjust', 'web')
  }
  each.clock.advance(1000)
  expect(await status(each, n1)).toBe(
    'web role:Secondary\n  disk:UpToDate\n  peer role:Secondary\n    replication:Established peer-disk:UpToDate\n\n',
  )
  await each.tool(n1, 'drbdadm', 'primary', 'web')
  n1.write('web', 1, 'a')
  expect(n2.replica('web')).toBe('1=a')
  expect(await each.refused(n1, 'drbdsetup', 'status', '--json')).toMatchObject({ code: 20 })
})
