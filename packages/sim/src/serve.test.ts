import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectSimulatedHost, connectWorldControl } from './client.ts'
import { realClock } from './clock.ts'
import { serveWorld } from './serve.ts'
import { createWorld } from './world.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varve-sim-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const gib = 1024 * 1024

test('a machine outlives the satellite that used it, and nothing is left when it stops', async () => {
  const socket = join(directory, 'hardware.sock')
  const world = createWorld({ clock: realClock() })
  const served = await serveWorld(world, socket)
  const control = await connectWorldControl(socket)
  await control.addHost({
    name: 'n1',
    disks: [{ name: 'sdb', sizeKib: 4 * gib }],
    groups: [{ name: 'vg0', disks: ['sdb'] }],
  })

  const first = await connectSimulatedHost(socket, 'n1')
  expect(first.uname).toBe('n1')
  const made = await first.run(['lvcreate', '--yes', '--size', '8M', '--name', 'a', 'vg0'])
  expect(made).toMatchObject({ exitCode: 0, stdout: '  Logical volume "a" created.\n' })
  await first.writeFile('/var/lib/varve.d/web.res', 'text')
  await first.close()

  await using second = await connectSimulatedHost(socket, 'n1')
  expect(await second.exists('/dev/vg0/a')).toBe(true)
  expect(await second.readFile('/var/lib/varve.d/web.res')).toBe('text')
  expect(await second.readFile('/nothing')).toBeUndefined()
  expect(await second.list('/var/lib/varve.d')).toEqual(['web.res'])

  await served.stop()
  expect(existsSync(socket)).toBe(false)
  expect(await second.run(['lvs'])).toMatchObject({ problem: 'not-startable' })
  await control.close()
})

test('events stream to a follower until it wants no more', async () => {
  const socket = join(directory, 'hardware.sock')
  const world = createWorld({ clock: realClock() })
  await using _served = await serveWorld(world, socket)
  world.addHost({ name: 'n1' })
  await using host = await connectSimulatedHost(socket, 'n1')
  const ended = new AbortController()
  const seen: string[] = []
  await host.writeFile(
    '/etc/drbd.d/web.res',
    'resource web { on n1 { node-id 0; volume 0 { disk none; meta-disk internal; device minor 1000; } address ipv4 10.0.0.1:7000; } on n2 { node-id 1; volume 0 { disk /dev/x; meta-disk internal; device minor 1000; } address ipv4 10.0.0.2:7000; } }',
  )
  for await (const line of host.follow(['drbdsetup', 'events2', 'all'], ended.signal).lines) {
    seen.push(line)
    if (line === 'exists -') await host.run(['drbdadm', 'adjust', 'web'])
    if (line.includes('connection:Connecting')) ended.abort()
  }
  expect(seen[0]).toBe('exists -')
  expect(seen[1]).toMatch(/^create resource name:web role:Secondary suspended:no/)
})
