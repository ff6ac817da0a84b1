/** Two replicas on thin pools and the in-kernel DRBD, from the spawn to the last trace. */
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
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
    // Nothing was written, so nothing is taken: a sync would have filled the thin volume.
    const { stdout } = await system.node('n2').run('lvs --noheadings -o data_percent vg0/web_00000')
    expect(Number(stdout)).toBeLessThan(10)
  })

  test('when the Primary loses power, the peer has what was written', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n1.run('drbdadm primary web')
    pattern = await writePattern(n1, device, 16)
    await n1.powerOff()
    await system.isOffline('n1')
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
    await n1.start()
    await system.cluster.startSatellite(n1)
    await n1.run('drbdadm up theirs')
    await system.isOnline('n1')
    await system.settled('web')
    expect(await readPattern(n1, '/dev/vg0/web_00000', 16)).toBe(pattern)
  })

  test('it grows under a reader and a writer', async () => {
    const { system } = story
    const n2 = system.node('n2')
    const writer = await n2.spawn(
      `while :; do dd if=/dev/urandom of=${device} bs=64k count=8 seek=400 oflag=direct status=none; done`,
      { name: 'writer' },
    )
    await system.must('volume-definition.resize', {
      definition: 'web',
      number: 0,
      sizeKib: 96 * mib,
    })
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

  test('a delete takes away all that is Varve’s and nothing else', async () => {
    const { system } = story
    await system.node('n2').run('drbdadm secondary web')
    await until('nobody holds web', async () => {
      return (await system.observed('web', 'n2'))?.role === 'Secondary' || undefined
    })
    await system.must('resource-definition.delete', { definition: 'web' })
    await system.gone('web')
    for (const node of system.lab.nodes) {
      expect(await tracesOf(node, 'web')).toEqual([])
      expect(await foreignState(node)).toBe(foreign.get(node.name))
    }
  })
})

async function prepare(node: LabNode): Promise<void> {
  await makeThinPool(node)
  await makeForeign(node)
}
