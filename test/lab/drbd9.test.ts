/** DRBD 9's own module, on nodes that were given one: three replicas' worth of what 8.4 cannot do. */
import { beforeAll, expect, test } from 'vitest'
import { type LabNode, loadDrbd9 } from '../../infra/lab/index.ts'
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
import { removeSnapshot, takeSnapshot } from './take.ts'

const definition = 'web'
const options = { nodes: 3, memoryMib: 384, needs: 'drbd9', prepare } as const

story('DRBD 9', options, (story) => {
  let device: string
  let pattern: string
  const foreign = new Map<string, string>()

  beforeAll(async () => {
    const { system } = story
    for (const node of system.lab.nodes) {
      foreign.set(node.name, await foreignState(node))
      await system.pool(node.name, 'thin', 'LVM_THIN', 'vg0/thin')
    }
  })

  /** The definition's disk on a node, as its satellite saw it last. */
  async function diskOn(node: string): Promise<string | undefined> {
    return (await story.system.observed(definition, node))?.volumes[0]?.disk
  }

  async function create(node: string, kind: 'diskful' | 'client' = 'diskful'): Promise<void> {
    const pool = kind === 'diskful' ? { pool: 'thin' } : {}
    await story.system.must('resource.create', { definition, node, kind, ...pool })
  }

  test('two replicas and a tie-breaker: UpToDate without a sync, quorum is on', async () => {
    const { system } = story
    await system.must('resource-definition.create', { definition })
    await system.must('volume-definition.create', { definition, sizeKib: 64 * mib })
    await create('n1')
    await create('n2')
    await system.settled(definition)
    expect(await system.replicas(definition)).toEqual(['n1', 'n2', 'n3'])
    expect(await Promise.all(['n1', 'n2', 'n3'].map(diskOn))).toEqual([
      'UpToDate',
      'UpToDate',
      'Diskless',
    ])
    const { stdout } = await system.node('n1').run('drbdsetup show web --show-defaults')
    expect(stdout).toMatch(/quorum\s+majority/)
    device = (await system.observed(definition, 'n1'))?.volumes[0]?.device ?? ''
    const used = await system.node('n2').run('lvs --noheadings -o data_percent vg0/web_00000')
    expect(Number(used.stdout)).toBeLessThan(10)
  })

  test('whoever opens it is Primary: written on the diskless node, read on another', async () => {
    const { system } = story
    pattern = await writePattern(system.node('n3'), device, 16)
    expect(await readPattern(system.node('n1'), device, 16)).toBe(pattern)
  })

  test('the Primary loses power: two of three keep quorum, and it gets what it missed', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    await n1.run('drbdadm primary web')
    await n1.powerOff()
    await system.isOffline('n1')
    await until('n2 may write', async () => {
      return (await n2.run('drbdadm primary web', { check: false })).exitCode === 0 || undefined
    })
    expect(await readPattern(n2, device, 16)).toBe(pattern)
    pattern = await writePattern(n2, device, 16)
    await n2.run('drbdadm secondary web')
    await n1.start()
    await loadDrbd9(n1)
    await n1.run('drbdadm up theirs')
    await system.cluster.startSatellite(n1)
    await system.isOnline('n1')
    await system.settled(definition)
    expect(await readPattern(n1, '/dev/vg0/web_00000', 16)).toBe(pattern)
  })

  test('the tie-breaker becomes the third replica while the volume is in use', async () => {
    const { system } = story
    await system.node('n2').run('drbdadm primary web')
    await create('n3')
    await system.settled(definition)
    expect(await diskOn('n3')).toBe('UpToDate')
    expect(await readPattern(system.node('n3'), '/dev/vg0/web_00000', 16)).toBe(pattern)
  })

  test('it grows in use, on all three', async () => {
    const { system } = story
    await system.must('volume-definition.resize', { definition, number: 0, sizeKib: 96 * mib })
    await system.settled(definition)
    for (const node of system.lab.nodes)
      expect(await sizeKibOf(node, device)).toBeGreaterThanOrEqual(96 * mib)
  })

  test('it goes on over a second network when the first one is cut', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    for (const { name, managementAddress } of [n1, n2]) {
      const second = { node: name, name: 'second', address: managementAddress }
      await system.must('net-interface.create', second)
    }
    for (const [path, each] of [
      ['p1', 'default'],
      ['p2', 'second'],
    ] as const) {
      const ends = { nodeA: 'n1', nodeB: 'n2', interfaceA: each, interfaceB: each }
      await system.must('node-connection.create-path', { ...ends, path })
    }
    const isOver = (address: string) =>
      until(`n2 reaches n1 over ${address}`, async () => {
        const { stdout } = await n2.run('drbdsetup events2 --now web')
        const paths = stdout.split('\n').filter((line) => line.includes(`peer:ipv4:${address}:`))
        return paths.some((line) => line.includes('established:yes')) || undefined
      })
    await isOver(n1.address)
    await n2.cut({ network: 'data' })
    await isOver(n1.managementAddress)
    // With n1 it has the majority, though it has lost n3.
    pattern = await writePattern(n2, device, 16)
    expect(await readPattern(n1, '/dev/vg0/web_00000', 16)).toBe(pattern)
    await n2.heal({ network: 'data' })
    await system.settled(definition)
    expect(await readPattern(system.node('n3'), '/dev/vg0/web_00000', 16)).toBe(pattern)
  })

  test('a snapshot is one cut over three nodes, and what is restored holds it', async () => {
    const { system } = story
    await takeSnapshot(system, definition, 's1')
    const after = await writePattern(system.node('n2'), device, 16)
    await system.must('snapshot.restore', { definition, snapshot: 's1', to: 'copy' })
    await system.settled('copy')
    const copy = (await system.observed('copy', 'n1'))?.volumes[0]?.device ?? ''
    expect(await readPattern(system.node('n1'), copy, 16)).toBe(pattern)
    expect(await readPattern(system.node('n2'), device, 16)).toBe(after)
    await system.must('resource-definition.delete', { definition: 'copy' })
    await system.gone('copy')
  })

  test('all three go back to it, each with the same on its own disk', async () => {
    const { system } = story
    const names = system.lab.nodes.map(({ name }) => name)
    await system.node('n2').run('drbdadm secondary web')
    await until('nobody is Primary', async () => {
      const seen = await Promise.all(names.map((name) => system.observed(definition, name)))
      return seen.every((each) => each?.role === 'Secondary') || undefined
    })
    await system.must('snapshot.rollback', { definition, snapshot: 's1' })
    await system.settled(definition)
    expect(await Promise.all(names.map(diskOn))).toEqual(names.map(() => 'UpToDate'))
    const sums = await Promise.all(
      system.lab.nodes.map((node) => readPattern(node, '/dev/vg0/web_00000', 64)),
    )
    expect(new Set(sums).size).toBe(1)
    for (const node of system.lab.nodes) {
      expect(await readPattern(node, device, 16)).toBe(pattern)
    }
    await system.node('n2').run('drbdadm primary web')
    await removeSnapshot(system, definition, 's1')
  })

  test('a replica goes while the others work, and its peers forget it', async () => {
    const { system } = story
    await system.must('resource.delete', { definition, node: 'n1' })
    await until('n1 is a tie-breaker or gone', async () => {
      return (await diskOn('n1')) !== 'UpToDate' || undefined
    })
    await system.settled(definition)
    expect(await tracesOf(system.node('n1'), definition)).not.toContain('lv web_00000')
    expect(await readPattern(system.node('n2'), device, 16)).toBe(pattern)
  })

  test('without quorum nothing is written, and it goes on when the others are back', async () => {
    const { system } = story
    const n2 = system.node('n2')
    await n2.run('drbdadm secondary web')
    await n2.cut()
    const write = `timeout 20 dd if=/dev/zero of=${device} bs=4k count=1 seek=8000 oflag=direct status=none`
    await until('n2 has noticed', async () => {
      const { stdout } = await n2.run('drbdsetup status web --verbose')
      return stdout.includes('quorum:no') || undefined
    })
    expect((await n2.run(write, { check: false })).exitCode).not.toBe(0)
    await system.node('n3').run(write)
    await n2.heal()
    await system.settled(definition)
    await n2.run(write)
    expect(await readPattern(system.node('n3'), device, 16)).toBe(pattern)
  })

  test('a delete takes away all that is Varve’s and nothing else', async () => {
    const { system } = story
    await until('nobody holds it', async () => {
      const roles = await Promise.all(
        system.lab.nodes.map(async ({ name }) => (await system.observed(definition, name))?.role),
      )
      return !roles.includes('Primary') || undefined
    })
    await system.must('resource-definition.delete', { definition })
    await system.gone(definition)
    for (const node of system.lab.nodes) {
      expect(await tracesOf(node, definition)).toEqual([])
      expect(await foreignState(node)).toBe(foreign.get(node.name))
    }
  })
})

const foreignConfig = `resource theirs {
  net { ping-int 1; timeout 10; connect-int 1; }
  device minor 900; disk /dev/vg0/theirs; meta-disk internal;
  on n1 { node-id 0; address 10.9.0.1:7900; }
  on n2 { node-id 1; address 10.9.0.2:7900; }
  on n3 { node-id 2; address 10.9.0.3:7900; }
  connection-mesh { hosts n1 n2 n3; }
}
`

async function prepare(node: LabNode): Promise<void> {
  await loadDrbd9(node)
  await makeThinPool(node)
  await makeForeign(node, foreignConfig)
}
