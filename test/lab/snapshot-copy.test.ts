/** Snapshots on their way between real kernels: the same bytes on the other side. */
import type { SnapshotRow } from '@varve/projections'
import { beforeAll, describe, expect, test } from 'vitest'
import { type LabNode, loadZfs } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { makeThinPool, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const options = { nodes: 2, disksPerNode: 2, memoryMib: 384, needs: 'zfs', prepare } as const
const sizeMib = 48
/** Bytes on the wire, TCP and TLS included, for what has been changed: 8 of 48 MiB. */
const fewBytes = 14 * 1024 * 1024

/** A busy machine. */
const patienceMs = 90_000

/** When the receiver is killed: some of the 32 MiB have come, and most have not. */
const aPart = 6 * 1024 * 1024

const providers = [
  { definition: 'web', pool: 'thin', directory: '/dev/vg0' },
  { definition: 'db', pool: 'tank', directory: '/dev/zvol/tank' },
] as const

story('copies of snapshots', options, (story) => {
  beforeAll(async () => {
    const { system } = story
    for (const { name } of system.lab.nodes) {
      await system.pool(name, 'thin', 'LVM_THIN', 'vg0/thin')
      await system.pool(name, 'tank', 'ZFS_THIN', 'tank')
    }
  })

  async function rowOf(definition: string, snapshot: string): Promise<SnapshotRow | undefined> {
    const { rows } = (await story.system.query('snapshots', { definition })) as {
      rows: SnapshotRow[]
    }
    return rows.find(({ name }) => name === snapshot)
  }

  /** A node that has just written much may have been silent for too long. */
  async function take(definition: string, snapshot: string): Promise<void> {
    for (const { name } of story.system.lab.nodes) await story.system.isOnline(name)
    await story.system.must('snapshot.create', { definition, snapshot })
    await until(`${snapshot} is ready`, async () => {
      return (await rowOf(definition, snapshot))?.status === 'ready' || undefined
    })
  }

  async function untilOn(definition: string, snapshot: string, node: string): Promise<void> {
    await until(
      `${snapshot} of ${definition} is on ${node}`,
      async () => {
        return (await rowOf(definition, snapshot))?.nodes.includes(node) || undefined
      },
      patienceMs,
    )
  }

  describe.each(providers)('$pool', ({ definition, pool, directory }) => {
    const deviceOf = (name: string) => `${directory}/${name}_00000`

    test('whole, over the death of who receives it, then as differences: restored, it is the same to the last byte', async () => {
      const { system } = story
      const [n1, n2] = [system.node('n1'), system.node('n2')]
      await system.must('resource-definition.create', { definition, layers: ['STORAGE'] })
      await system.must('volume-definition.create', { definition, sizeKib: sizeMib * mib })
      await system.must('resource.create', { definition, node: 'n1', pool })
      await system.settled(definition)
      await writePattern(n1, deviceOf(definition), 32)
      await take(definition, 's1')
      const first = await sumOf(n1, deviceOf(definition))
      const rest = await received(n2)
      await system.must('snapshot.copy', { definition, snapshot: 's1', to: 'n2', pool })
      await killedAt(n2, rest + aPart)
      expect((await rowOf(definition, 's1'))?.nodes).toEqual(['n1'])
      await system.cluster.startSatellite(n2)
      await untilOn(definition, 's1', 'n2')

      await n1.run(`
        dd if=/dev/urandom of=${deviceOf(definition)} bs=1M seek=40 count=4 oflag=direct conv=fsync status=none
        dd if=/dev/zero of=${deviceOf(definition)} bs=1M seek=2 count=4 oflag=direct conv=fsync status=none
        blkdiscard --offset 8M --length 8M ${deviceOf(definition)}`)
      await take(definition, 's2')
      const second = await sumOf(n1, deviceOf(definition))
      const before = await received(n2)
      const { result } = await system.must('snapshot.copy', {
        definition,
        snapshot: 's2',
        to: 'n2',
        pool,
      })
      expect(result).toMatchObject({ base: 's1', from: 'n1' })
      await untilOn(definition, 's2', 'n2')
      expect((await received(n2)) - before).toBeLessThan(fewBytes)

      for (const [snapshot, sum] of [
        ['s1', first],
        ['s2', second],
      ] as const) {
        const to = `${definition}-${snapshot}`
        await system.must('snapshot.restore', { definition, snapshot, to, nodes: ['n2'] })
        await system.settled(to)
        expect(await sumOf(n2, deviceOf(to))).toBe(sum)
        await system.must('resource-definition.delete', { definition: to })
        await system.gone(to)
      }
    })
  })
})

const sumOf = async (node: LabNode, device: string) =>
  (await node.run(`dd if=${device} bs=1M iflag=direct status=none | sha256sum`)).stdout

const receivedFile = '/sys/class/net/data/statistics/rx_bytes'

/** Bytes that came over the data network. */
const received = async (node: LabNode) => Number(await node.readFile(receivedFile))

/** Its satellite is killed as soon as so many bytes have come. */
const killedAt = (node: LabNode, bytes: number) =>
  node.run(`
    while read -r now <${receivedFile} && test "$now" -lt ${bytes}; do :; done
    pkill -KILL -f 'run satellit[e]'`)

async function prepare(node: LabNode): Promise<void> {
  await loadZfs(node)
  await makeThinPool(node)
  await node.run(`zpool create -f -m none tank ${node.disks[1]?.path}`)
}
