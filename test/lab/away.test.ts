/** Whatever is asked for while a satellite is away is done when it is back, data untouched. */
import { beforeAll, expect, test } from 'vitest'
import { until } from '../system/harness.ts'
import { makeThinPool, readPattern, sizeKibOf, tracesOf, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const device = '/dev/drbd1000'

story('a satellite that is away', { nodes: 2, udev: false, prepare: makeThinPool }, (story) => {
  let pattern: string

  beforeAll(async () => {
    for (const { name } of story.system.lab.nodes) {
      await story.system.pool(name, 'thin', 'LVM_THIN', 'vg0/thin')
    }
  })

  async function away(): Promise<void> {
    const { system } = story
    await system.cluster.killSatellite(system.node('n2'))
    await system.isOffline('n2')
  }

  async function back(): Promise<void> {
    const { system } = story
    await system.cluster.startSatellite(system.node('n2'))
    await system.isOnline('n2')
  }

  test('at the spawn: the other node works at once, this one follows', async () => {
    const { system } = story
    await away()
    await system.must('resource-definition.create', { definition: 'web' })
    await system.must('volume-definition.create', { definition: 'web', sizeKib: 64 * mib })
    for (const node of ['n1', 'n2']) {
      await system.must('resource.create', { definition: 'web', node, pool: 'thin' })
    }
    await until('n1 has its replica', async () => {
      return (await system.observed('web', 'n1'))?.status === 'applied' || undefined
    })
    await system.node('n1').run('drbdadm primary web')
    pattern = await writePattern(system.node('n1'), device, 16)
    expect(await tracesOf(system.node('n2'), 'web')).toEqual([])

    await back()
    await system.settled('web')
    expect(await readPattern(system.node('n2'), '/dev/vg0/web_00000', 16)).toBe(pattern)
  })

  test('at the loss of the Primary: the data is there without it', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await away()
    await n1.powerOff()
    await until('DRBD on n2 lets itself be promoted', async () => {
      return (await n2.run('drbdadm primary web', { check: false })).exitCode === 0 || undefined
    })
    expect(await readPattern(n2, device, 16)).toBe(pattern)
    await n1.start()
    await system.cluster.startSatellite(n1)
    await back()
    await system.settled('web')
  })

  test('at a growth: it has the new size once everybody has grown', async () => {
    const { system } = story
    await away()
    const before = await sizeKibOf(system.node('n2'), device)
    await system.must('volume-definition.resize', {
      definition: 'web',
      number: 0,
      sizeKib: 96 * mib,
    })
    await until('n1 has more storage', async () => {
      const seen = await system.observed('web', 'n1')
      return (seen?.volumes[0]?.backingKib ?? 0) > 96 * mib || undefined
    })
    expect(await sizeKibOf(system.node('n2'), device)).toBe(before)

    await back()
    await system.settled('web')
    for (const node of system.lab.nodes) {
      expect(await sizeKibOf(node, device)).toBeGreaterThanOrEqual(96 * mib)
    }
    expect(await readPattern(system.node('n2'), device, 16)).toBe(pattern)
  })

  test('at the delete: the operation waits for it by name', async () => {
    const { system } = story
    await system.node('n2').run('drbdadm secondary web')
    await until('nobody holds web', async () => {
      return (await system.observed('web', 'n2'))?.role === 'Secondary' || undefined
    })
    await away()
    await system.must('resource-definition.delete', { definition: 'web' })
    await until('n1 has done its part', async () => {
      return (await tracesOf(system.node('n1'), 'web')).length === 0 || undefined
    })
    expect(JSON.stringify(await system.query('settled', { definition: 'web' }))).toContain(
      'n2 (offline',
    )
    await back()
    await system.gone('web')
    expect(await tracesOf(system.node('n2'), 'web')).toEqual([])
  })
})
