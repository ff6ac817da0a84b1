/**
 * Two replicas on thin pools and the in-kernel DRBD, from the spawn to the last trace; whatever is
 * asked for while a satellite is away is done when it is back.
 */
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { haveActed } from './acted.ts'
import {
  foreignState,
  makeForeign,
  makeThinPool,
  readPattern,
  sizeKibOf,
  tracesOf,
  writePattern,
} from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

story('a replicated volume', { nodes: 2, prepare }, (story) => {
  let device: string
  let pattern: string
  const foreign = new Map<string, string>()

  beforeAll(async () => {
    const { system } = story
    for (const node of system.lab.nodes) {
      foreign.set(node.name, await foreignState(node))
      await system.pool(node.name, 'thin', 'LVM_THIN', 'vg0/thin')
    }
    await system.must('resource-group.create', { group: 'pair', filter: { placeCount: 2 } })
    await system.must('volume-group.create', { group: 'pair' })
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

  test('a spawn puts an UpToDate replica on both nodes, without a sync', async () => {
    const { system } = story
    await system.must('resource-group.spawn', {
      group: 'pair',
      definition: 'web',
      sizesKib: [64 * mib],
    })
    await system.settled('web')
    for (const node of ['n1', 'n2']) {
      const seen = await system.observed('web', node)
      expect(seen).toMatchObject({ status: 'applied', volumes: [{ disk: 'UpToDate' }] })
    }
    device = (await system.observed('web', 'n1'))?.volumes[0]?.device ?? ''
    expect(await sizeKibOf(system.node('n1'), device)).toBeGreaterThanOrEqual(64 * mib)
    await system.node('n1').run('udevadm settle')
    const volume = await until('udev has named it, and the satellite tells', async () => {
      const [seen] = (await system.observed('web', 'n1'))?.volumes ?? []
      return seen?.symlinks?.includes('/dev/drbd/by-res/web/0') ? seen : undefined
    })
    const [minimum, discard] = (
      await system.node('n1').run('lsblk -ndb -o MIN-IO,DISC-GRAN /dev/vg0/web_00000')
    ).stdout
      .trim()
      .split(/\s+/)
      .map(Number)
    expect(volume.geometry).toMatchObject({
      logicalBlockBytes: 512,
      minimumIoBytes: minimum,
      discardGranularityBytes: discard,
    })
    expect(discard).toBe(64 * 1024)
    // Nothing was written, so nothing is taken: a sync would have filled the thin volume.
    const { stdout } = await system.node('n2').run('lvs --noheadings -o data_percent vg0/web_00000')
    expect(Number(stdout)).toBeLessThan(10)
  })

  test('a replica that is asked for while its satellite is away follows, with what was written', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await away()
    await system.must('resource-definition.create', { definition: 'late' })
    await system.must('volume-definition.create', { definition: 'late', sizeKib: 8 * mib })
    for (const node of ['n1', 'n2']) {
      await system.must('resource.create', { definition: 'late', node, pool: 'thin' })
    }
    await until('n1 has its replica', async () => {
      return (await system.observed('late', 'n1'))?.status === 'applied' || undefined
    })
    await n1.run('drbdadm primary late')
    const late = (await system.observed('late', 'n1'))?.volumes[0]?.device ?? ''
    const written = await writePattern(n1, late, 4)
    expect(await tracesOf(n2, 'late')).toEqual([])
    await back()
    await system.settled('late')
    expect(await readPattern(n2, '/dev/vg0/late_00000', 4)).toBe(written)
    await n1.run('drbdadm secondary late')
  })

  test('when the Primary loses power, the peer has what was written, without a satellite', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n1.run('drbdadm primary web')
    pattern = await writePattern(n1, device, 16)
    await system.cluster.killSatellite(n2)
    await n1.powerOff()
    await until('n2 sees that its peer is gone', async () => {
      return (await n2.run('drbdadm primary web', { check: false })).exitCode === 0 || undefined
    })
    expect(await readPattern(n2, device, 16)).toBe(pattern)
  })

  test('the node comes back and gets what it missed', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n2.run(`dd if=/dev/urandom of=${device} bs=1M count=4 oflag=direct status=none`)
    pattern = await readPattern(n2, device, 16)
    await system.isOffline('n1')
    await Promise.all([
      n1.start().then(() => system.cluster.startSatellite(n1)),
      system.cluster.startSatellite(n2),
    ])
    await n1.run('drbdadm up theirs')
    for (const { name } of system.lab.nodes) await system.isOnline(name)
    await system.settled('web')
    expect(await readPattern(n1, '/dev/vg0/web_00000', 16)).toBe(pattern)
  })

  test('a replica that is to go takes part until it is gone', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await away()
    await system.must('resource.delete', { definition: 'late', node: 'n2' })
    await haveActed(system, 'late', ['n1'])
    // Somebody opens it there all the same: what is acknowledged is with its peer.
    const late = (await system.observed('late', 'n1'))?.volumes[0]?.device ?? ''
    await n2.run('drbdadm primary late')
    const written = await writePattern(n2, late, 4)
    expect(await readPattern(n1, '/dev/vg0/late_00000', 4)).toBe(written)
    await n2.run('drbdadm secondary late')
    await back()
    await until('n2 has let it go', async () => (await tracesOf(n2, 'late')).length === 0)
    expect(await readPattern(n1, '/dev/vg0/late_00000', 4)).toBe(written)
  })

  test('it grows under a writer, once everybody has grown', async () => {
    const { system } = story
    const n2 = system.node('n2')
    const writer = await n2.spawn(
      `while :; do dd if=/dev/urandom of=${device} bs=64k count=8 seek=400 oflag=direct status=none; sleep 0.1; done`,
      { name: 'writer' },
    )
    await away()
    const before = await sizeKibOf(n2, device)
    await system.must('volume-definition.resize', {
      definition: 'web',
      number: 0,
      sizeKib: 96 * mib,
    })
    await until('n1 has more storage', async () => {
      const seen = await system.observed('web', 'n1')
      return (seen?.volumes[0]?.backingKib ?? 0) > 96 * mib || undefined
    })
    expect(await sizeKibOf(n2, device)).toBe(before)
    await back()
    await system.settled('web')
    const sizeKib = await sizeKibOf(n2, device)
    expect(sizeKib).toBeGreaterThanOrEqual(96 * mib)
    expect((await system.observed('web', 'n1'))?.volumes[0]?.deviceKib).toBe(sizeKib)
    await writer.stop()
    expect(await readPattern(n2, device, 16)).toBe(pattern)
  })

  test('a volume that is in use is not deleted', async () => {
    const { system } = story
    const reply = await system.command('resource-definition.delete', { definition: 'web' })
    expect(reply).toMatchObject({ ok: false, refusal: { code: 'in-use' } })
    expect(await readPattern(system.node('n2'), device, 16)).toBe(pattern)
  })

  test('a delete waits for the satellite that is away by name, takes all that is Varve’s and nothing else', async () => {
    const { system } = story
    await system.node('n2').run('drbdadm secondary web')
    await until('nobody holds web', async () => {
      return (await system.observed('web', 'n2'))?.role === 'Secondary' || undefined
    })
    await away()
    for (const definition of ['web', 'late']) {
      await system.must('resource-definition.delete', { definition })
    }
    await until('n1 has done its part', async () => {
      return (await tracesOf(system.node('n1'), 'web')).length === 0 || undefined
    })
    expect(JSON.stringify(await system.query('settled', { definition: 'web' }))).toContain(
      'n2 (offline',
    )
    await back()
    for (const definition of ['web', 'late']) {
      await system.gone(definition)
      for (const node of system.lab.nodes) expect(await tracesOf(node, definition)).toEqual([])
    }
    for (const node of system.lab.nodes) {
      expect(await foreignState(node)).toBe(foreign.get(node.name))
    }
  })
})

async function prepare(node: LabNode): Promise<void> {
  await makeThinPool(node)
  await makeForeign(node)
}
