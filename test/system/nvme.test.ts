/** NVMe over fabrics on simulated machines, with everything else as in earnest. */
import type { ResourceRow } from '@varve/projections'
import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const gib = 1024 * 1024
const nvmet = '/sys/kernel/config/nvmet'

const rowOf = async (
  simulated: SimulatedSystem,
  node: string,
  definition = 'web',
): Promise<ResourceRow | undefined> =>
  (await simulated.replicas(definition)).find((row) => row.node === node)

const device = (simulated: SimulatedSystem, node: string, number = 0) =>
  until(`volume ${number} of web is there on ${node}`, async () => {
    const row = await rowOf(simulated, node)
    const volume = row?.volumes.find((each) => each.number === number)
    return row?.isSettled ? volume?.observed : undefined
  })

async function make({ system }: SimulatedSystem, volumes = 1): Promise<void> {
  await system.must('resource-definition.create', {
    definition: 'web',
    layers: ['NVME', 'STORAGE'],
  })
  for (let at = 0; at < volumes; at += 1) {
    await system.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  }
  await system.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
}

const initiator = (node: string) => ({ definition: 'web', node, kind: 'diskless' }) as const

/** What somebody else offers and listens at: it stays as it is. */
async function plantForeign({ world }: SimulatedSystem): Promise<() => Promise<string>> {
  const { host } = world.host('n1')
  await until('nvmet is loaded', async () => (await host.exists(nvmet)) || undefined)
  const theirs = `${nvmet}/subsystems/LS-NVMe_theirs`
  const port = `${nvmet}/ports/1`
  await host.run(['lvcreate', '--size', '1g', '--name', 'theirs', 'vg0'])
  await host.changeKernel({ op: 'make', path: theirs })
  await host.changeKernel({ op: 'make', path: `${theirs}/namespaces/1` })
  await host.changeKernel({
    op: 'set',
    path: `${theirs}/namespaces/1/device_path`,
    text: '/dev/vg0/theirs',
  })
  await host.changeKernel({ op: 'set', path: `${theirs}/namespaces/1/enable`, text: '1' })
  await host.changeKernel({ op: 'make', path: port })
  for (const [name, text] of [
    ['addr_trtype', 'tcp'],
    ['addr_traddr', '10.0.0.1'],
    ['addr_trsvcid', '4444'],
  ] as const) {
    await host.changeKernel({ op: 'set', path: `${port}/${name}`, text })
  }
  await host.changeKernel({ op: 'link', path: `${port}/subsystems/LS-NVMe_theirs`, to: theirs })
  return async () =>
    JSON.stringify(
      await Promise.all([
        host.list(`${nvmet}/subsystems`),
        host.list(`${nvmet}/ports`),
        host.list(`${port}/subsystems`),
        host.readFile(`${theirs}/attr_serial`),
        host.readFile(`${theirs}/namespaces/1/enable`),
      ]),
    )
}

test('a volume of one node is used on another: made, mounted, larger, off and on, gone', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'], refreshMs: 500 })
  const { system, world } = simulated
  await make(simulated, 2)
  await system.must('resource.create', initiator('n2'))
  expect(await device(simulated, 'n2', 1)).toMatchObject({ device: '/dev/nvme0n2' })
  expect(await device(simulated, 'n2')).toMatchObject({ device: '/dev/nvme0n1' })

  const { host } = world.host('n2')
  expect(await host.run(['mkfs.ext4', '-F', '/dev/nvme0n1'])).toMatchObject({ exitCode: 0 })
  expect(await host.run(['mount', '/dev/nvme0n1', '/srv'])).toMatchObject({ exitCode: 0 })
  const stored = world.host('n1').machine.groups.get('vg0')?.volumes.get('web_00000')?.device
  expect(stored?.content.get(0)).toMatch(/^fs:ext4/)

  await system.must('volume-definition.resize', {
    definition: 'web',
    number: 0,
    sizeKib: 2 * gib,
  })
  await until('n2 sees the new size', async () => {
    const sectors = await host.readFile('/sys/class/nvme/nvme0/nvme0n1/size')
    return Number(sectors) === 2 * gib * 2 || undefined
  })

  // Without its satellite the target goes on; without its power it comes back as it was.
  await simulated.stopSatellite('n1')
  expect((await host.readFile('/sys/class/nvme/nvme0/state'))?.trim()).toBe('live')
  await simulated.startSatellite('n1')
  await simulated.crash('n1')
  expect((await host.readFile('/sys/class/nvme/nvme0/state'))?.trim()).toBe('connecting')
  await until('n2 says that it does not reach its target', async () => {
    return (await rowOf(simulated, 'n2'))?.status === 'Connecting' || undefined
  })
  const stuck = await system.query('explain-stuck', { object: 'resource/web/n2' })
  expect(JSON.stringify(stuck)).toContain('Look at n1')
  await simulated.boot('n1')
  await until('the target answers again', async () => {
    return (await host.readFile('/sys/class/nvme/nvme0/state'))?.trim() === 'live' || undefined
  })
  const foreign = await plantForeign(simulated)
  const before = await foreign()

  const inUse = await system.command('resource.delete', { definition: 'web', node: 'n1' })
  expect(inUse.ok ? '' : inUse.refusal.code).toBe('in-use')
  await system.must('resource-definition.delete', { definition: 'web' })
  const failure = await until('n2 says that somebody uses it', async () => {
    return (await rowOf(simulated, 'n2'))?.observed?.failure
  })
  expect(failure).toContain('unused /dev/nvme0n1')
  // The target outlives those who use it.
  expect(await world.host('n1').host.list(`${nvmet}/subsystems`)).toContain('LS-NVMe_web')
  await host.run(['umount', '/srv'])
  await simulated.untilGone('web')
  expect(await host.list('/sys/class/nvme')).toEqual([])
  expect(await foreign()).toBe(before.replace(',"LS-NVMe_web"', '').replace(',"44200"', ''))
  expect(world.host('n1').machine.groups.get('vg0')?.volumes.has('web_00000')).toBe(false)
  expect(world.unknown).toEqual([])
})
