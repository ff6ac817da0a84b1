import { expect, test } from 'vitest'
import { cluster, deploy } from './given.ts'
import type { SimHost } from './world.ts'

const create = ['lvcreate', '-y', '-L', '8M', '-n', 'a', 'vg0']
const one = () => {
  const each = cluster(1)
  const [host] = each.hosts
  if (!host) throw new Error('one host')
  return { each, host }
}
const hasVolume = (host: SimHost) => host.host.exists('/dev/vg0/a')

test('a tool fails as often as asked and then works', async () => {
  const { host } = one()
  host.fault({ argv: ['lvcreate'], times: 2, effect: { kind: 'fail', code: 5, stderr: 'no' } })
  expect(await host.host.run(create)).toMatchObject({
    exitCode: 5,
    stderr: 'no\n',
    timedOut: false,
  })
  expect(await host.host.run(create)).toMatchObject({ exitCode: 5 })
  expect(await host.host.run(create)).toMatchObject({ exitCode: 0 })
})

test('a tool that hangs is killed after its time, and nothing has happened', async () => {
  const { each, host } = one()
  const lift = host.fault({ argv: ['lvcreate', 'vg0'], effect: { kind: 'hang' } })
  const running = host.host.run(create, { timeoutMs: 1000 })
  each.clock.advance(1000)
  const result = await running
  expect(result.timedOut).toBe(true)
  expect(result.exitCode).toBeUndefined()
  expect(await hasVolume(host)).toBe(false)
  lift()
  expect(await host.host.run(create)).toMatchObject({ exitCode: 0 })
})

test('a tool that acts late was killed and has its effect all the same', async () => {
  const { each, host } = one()
  host.fault({ argv: ['lvcreate'], times: 1, effect: { kind: 'late', afterMs: 5000 } })
  const running = host.host.run(create, { timeoutMs: 1000 })
  each.clock.advance(1000)
  expect((await running).timedOut).toBe(true)
  expect(await hasVolume(host)).toBe(false)
  each.clock.advance(4000)
  expect(await hasVolume(host)).toBe(true)
})

test('a tool that lies says that it failed after it worked', async () => {
  const { host } = one()
  host.fault({ argv: ['lvcreate'], effect: { kind: 'lie', code: 5, stderr: 'failed' } })
  expect(await host.host.run(create)).toMatchObject({ exitCode: 5 })
  expect(await hasVolume(host)).toBe(true)
})

test('a caller who gives up gets an answer at once', async () => {
  const { host } = one()
  host.fault({ argv: ['lvs'], effect: { kind: 'hang' } })
  const stop = new AbortController()
  const running = host.host.run(['lvs'], { signal: stop.signal })
  stop.abort()
  expect((await running).timedOut).toBe(true)
})

test('what is not installed, and what no machine has, is not found', async () => {
  const { host } = one()
  host.fault({ argv: ['thin_check'], effect: { kind: 'missing' } })
  expect(await host.host.run(['thin_check', '-V'])).toMatchObject({ problem: 'not-found' })
  expect(await host.host.run(['zfs', '--version'])).toMatchObject({ problem: 'not-found' })
})

test('a wrong command is noticed by everybody', async () => {
  const { each, host } = one()
  const result = await host.host.run(['lvcreate', '--sice', '8M', 'vg0'])
  expect(result.exitCode).toBe(3)
  expect(result.stderr).toContain('SIMULATOR: lvcreate --sice 8M vg0 is no command it knows')
  expect(each.world.unknown).toEqual(['n1: lvcreate --sice 8M vg0'])
})

test('processes are counted per tool', async () => {
  const { each, host } = one()
  host.resetSpawned()
  await each.tool(host, 'lvs')
  await each.tool(host, 'lvs')
  await each.tool(host, 'uname', '-n')
  expect(host.spawned()).toEqual({ lvs: 2, uname: 1 })
})

test('without power nothing starts, followers end, and disks and files are there again after it', async () => {
  const each = cluster(2)
  await deploy(each)
  const [n1] = each.hosts
  if (!n1) throw new Error('two hosts')
  const lines: string[] = []
  const listening = (async () => {
    const { signal } = new AbortController()
    for await (const line of n1.host.follow(['drbdsetup', 'events2', 'all'], signal).lines)
      lines.push(line)
  })()
  n1.crash()
  await listening
  expect(lines.at(-1)).toBe('exists -')
  expect(await n1.host.run(['uname', '-n'])).toMatchObject({ problem: 'not-startable' })
  n1.boot()
  expect(await n1.host.readFile('/etc/drbd.d/web.res')).toContain('resource "web"')
  expect(await n1.host.exists('/dev/vg0/web_00000')).toBe(true)
  expect(await n1.host.readFile('/sys/module/drbd/version')).toBeUndefined()
  expect(await each.tool(n1, 'drbdsetup', 'status')).toBe('')
  await each.tool(n1, 'drbdadm', 'adjust', 'web')
  each.clock.advance(1000)
  expect(await each.tool(n1, 'drbdsetup', 'status')).toContain('peer-disk:UpToDate')
})

test('a full thin pool and a foreign volume are seen', async () => {
  const { each, host } = one()
  host.plantVolume('vg0', 'precious', 4096, ['theirs'])
  host.fillPool('vg0', 'thin', 100)
  expect(
    await each.tool(
      host,
      'lvs',
      '--noheadings',
      '-o',
      'lv_name,lv_attr,lv_health_status,lv_tags',
      '--separator',
      ';',
    ),
  ).toBe('  precious;-wi-a-----;;theirs\n  thin;twi-a-tzD-;out_of_data;\n')
  expect(
    await each.tool(host, 'lvremove', '--yes', '--select', 'lv_tags={"varve:x"}', 'vg0/precious'),
  ).toBe('')
  expect(await host.host.exists('/dev/vg0/precious')).toBe(true)
})

test('images on loop devices grow, and take no more than was written', async () => {
  const { each, host } = one()
  await each.tool(host, 'mkdir', '-p', '/srv/pool')
  await each.tool(host, 'truncate', '--size=10240K', '/srv/pool/a.img')
  expect(
    await each.tool(host, 'losetup', '--find', '--show', '--nooverlap', '/srv/pool/a.img'),
  ).toBe('/dev/loop0\n')
  await each.tool(host, 'truncate', '--size=20480K', '/srv/pool/a.img')
  expect(await host.host.readFile('/sys/block/loop0/size')).toBe('20480\n')
  await each.tool(host, 'losetup', '--set-capacity', '/dev/loop0')
  expect(await host.host.readFile('/sys/block/loop0/size')).toBe('40960\n')
  await each.tool(host, 'fallocate', '--posix', '--length', '1024KiB', '/srv/pool/b.img')
  expect(
    await each.tool(
      host,
      'find',
      '/srv/pool',
      '-mindepth',
      '1',
      '-maxdepth',
      '1',
      '-type',
      'f',
      '-printf',
      '%s\\t%b\\t%p\\n',
    ),
  ).toBe('20971520\t0\t/srv/pool/a.img\n1048576\t2048\t/srv/pool/b.img\n')
  expect(
    await each.tool(host, 'df', '--block-size=1024', '--output=size,avail,file', '/srv/pool'),
  ).toMatch(/^1K-blocks {4}Avail File\n 67108864 67107\d{3} \/srv\/pool\n$/)
  await each.tool(host, 'losetup', '--detach', '/dev/loop0')
})
