/** Power, cables and bits go wrong in the middle of what DRBD does; the data is the same everywhere. */
import type { Health } from '@varve/projections'
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { makeGroup, readPattern, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const definition = 'web'
const device = '/dev/drbd1000'
const rate = 'DrbdOptions/PeerDevice/resync-rate'
const slow = { [rate]: '8192' }
const quick = { [rate]: '102400' }

story(
  'a pair in trouble',
  { nodes: 2, udev: false, memoryMib: 512, prepare: makeGroup },
  (story) => {
    let pattern: string

    beforeAll(async () => {
      const { system } = story
      for (const { name } of system.lab.nodes) await system.pool(name, 'thick', 'LVM', 'vg0')
      await system.must('resource-definition.create', { definition, props: slow })
      await system.must('volume-definition.create', { definition, sizeKib: 192 * mib })
      for (const node of ['n1', 'n2']) {
        await system.must('resource.create', { definition, node, pool: 'thick' })
      }
    })

    async function restart(node: LabNode): Promise<void> {
      await story.system.isOffline(node.name)
      await node.start()
      await story.system.cluster.startSatellite(node)
      await story.system.isOnline(node.name)
    }

    /** Waits until n2 is the target of a resync that has come some way, and has some way to go. */
    async function isSyncing(): Promise<void> {
      await until('a resync is under way', async () => {
        const done = (await story.system.observed(definition, 'n2'))?.volumes[0]?.done ?? 0
        return (done > 2 && done < 90) || undefined
      })
    }

    /** Properties are in force when the kernel says so: `settled` looks at disks and connections. */
    async function set(setProps: Record<string, string>, wanted: RegExp): Promise<void> {
      const { system } = story
      await system.must('resource-definition.modify', { definition, setProps })
      for (const node of system.lab.nodes) {
        await until(`${node.name} has ${wanted.source}`, async () => {
          const { stdout } = await node.run(`drbdsetup show ${definition}`, { check: false })
          return wanted.test(stdout) || undefined
        })
      }
    }

    /** At full speed again, and both hold what was written. */
    async function isEqual(): Promise<void> {
      const { system } = story
      await system.must('resource-definition.modify', { definition, setProps: quick })
      await system.settled(definition)
      for (const node of system.lab.nodes) {
        expect(await readPattern(node, '/dev/vg0/web_00000', 16)).toBe(pattern)
      }
    }

    test('the target of the first sync loses power in the middle of it', async () => {
      const { system } = story
      const [n1, n2] = [system.node('n1'), system.node('n2')]
      await until('n1 may write', async () => {
        return (await n1.run('drbdadm primary web', { check: false })).exitCode === 0 || undefined
      })
      pattern = await writePattern(n1, device, 16)
      await isSyncing()
      await n2.powerOff()
      await restart(n2)
      await isEqual()
    })

    test('so does the target of a resync, which is never taken for good before its end', async () => {
      const { system } = story
      const [n1, n2] = [system.node('n1'), system.node('n2')]
      await set(slow, /resync-rate\s+8192k/)
      await n2.powerOff()
      await n1.run(`dd if=/dev/urandom of=${device} bs=1M count=96 oflag=direct status=none`)
      pattern = await readPattern(n1, device, 16)
      await restart(n2)
      await isSyncing()
      await n2.powerOff()
      await restart(n2)
      await isEqual()
    })

    test('a node loses power while it grows', async () => {
      const { system } = story
      const n2 = system.node('n2')
      await system.must('volume-definition.resize', {
        definition,
        number: 0,
        sizeKib: 224 * mib,
      })
      await n2.powerOff()
      await restart(n2)
      await isEqual()
      const sizes = await Promise.all(
        ['n1', 'n2'].map(
          async (node) => (await system.observed(definition, node))?.volumes[0]?.deviceKib,
        ),
      )
      expect(sizes[0]).toBeGreaterThanOrEqual(224 * mib)
      expect(sizes[1]).toBe(sizes[0])
    })

    test('a cable that comes and goes while somebody writes', async () => {
      const { system } = story
      const [n1, n2] = [system.node('n1'), system.node('n2')]
      const writer = await n1.spawn(
        `while :; do dd if=/dev/urandom of=${device} bs=64k count=8 seek=800 oflag=direct status=none; done`,
        { name: 'writer' },
      )
      const isConnected = async (wanted: boolean) => {
        const { stdout } = await n1.run('drbdadm cstate web', { check: false })
        return stdout.startsWith('Connected') === wanted || undefined
      }
      for (let round = 0; round < 3; round += 1) {
        await n2.cut()
        await until('they are parted', () => isConnected(false))
        await n2.heal()
        await until('they have met', () => isConnected(true))
      }
      await writer.stop()
      await isEqual()
    })

    test('bits that rot below DRBD are found by a verification, named, and taken from the good side', async () => {
      const { system } = story
      const [n1, n2] = [system.node('n1'), system.node('n2')]
      await set({ 'DrbdOptions/Net/verify-alg': 'crc32c' }, /verify-alg\s+"crc32c"/)
      await n2.run('dd if=/dev/zero of=/dev/vg0/web_00000 bs=4k count=2 oflag=direct status=none')
      await n1.run('modprobe crc32c || true; drbdadm verify web')
      const named = () =>
        until('the difference is named', async () => {
          const health = (await system.query('health')) as Health
          return health.problems.find(({ sentence }) => sentence.includes('differ in 8 KiB'))
        })
      expect((await named()).sentence).toMatch(/^Volume 0 of web: n1 and n2 differ/)
      await n2.run('drbdadm invalidate web/0')
      await until('nothing is wrong with it any more', async () => {
        const { problems } = (await system.query('health')) as Health
        return !problems.some(({ subject }) => subject.includes(definition)) || undefined
      })
      await isEqual()
    })
  },
)
