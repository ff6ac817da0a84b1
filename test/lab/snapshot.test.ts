/** Snapshots on the kernel's own DRBD: a consistent cut under a writer, and nothing left held. */
import { suspensionLimitMs } from '@varve/events'
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { until } from '../system/harness.ts'
import { makeThinPool, readPattern, writePattern } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'
import { takeSnapshot } from './take.ts'

const definition = 'web'
const both = ['n1', 'n2'] as const

story('snapshots', { nodes: 2, udev: false, prepare: makeThinPool }, (story) => {
  let device: string
  let pattern: string

  beforeAll(async () => {
    const { system } = story
    for (const node of both) await system.pool(node, 'thin', 'LVM_THIN', 'vg0/thin')
    await system.must('resource-definition.create', { definition })
    await system.must('volume-definition.create', { definition, sizeKib: 64 * mib })
    for (const node of both)
      await system.must('resource.create', { definition, node, pool: 'thin' })
    await system.settled(definition)
    device = await deviceOf(definition)
    const n1 = system.node('n1')
    await n1.run('drbdadm primary web')
    pattern = await writePattern(n1, device, 16)
  })

  async function deviceOf(name: string): Promise<string> {
    return (await story.system.observed(name, 'n1'))?.volumes[0]?.device ?? ''
  }

  async function untilPhase(wanted: string): Promise<void> {
    let last: unknown
    await until(
      `the snapshot is ${wanted}`,
      async () => {
        last = await story.system.query('snapshots', { definition })
        const { rows } = last as { rows: { status: string }[] }
        return rows.at(-1)?.status === wanted || undefined
      },
      60_000,
    ).catch((cause: unknown) => {
      throw new Error(`not ${wanted}: ${JSON.stringify(last)}`, { cause })
    })
  }

  /** Whether DRBD holds input and output, in its own words. */
  async function isHeld(node: LabNode): Promise<boolean> {
    return (await node.run(`drbdsetup status ${definition}`)).stdout.includes('suspended:user')
  }

  test('under a writer: what was there before is on both nodes, and the writer goes on', async () => {
    const { system } = story
    const n1 = system.node('n1')
    const writer = await n1.spawn(counting(device), { name: 'writer' })
    await until('it writes', async () => (await counters(n1, device)).second > 3 || undefined)
    await takeSnapshot(system, definition, 's1')
    const atEnd = await counters(n1, device)
    await until('it goes on', async () => {
      return (await counters(n1, device)).second > atEnd.second + 3 || undefined
    })
    await writer.stop()
    const written = await writePattern(n1, device, 8)
    await system.must('snapshot.restore', { definition, snapshot: 's1', to: 'old' })
    await system.settled('old')
    const restored = await deviceOf('old')
    for (const name of both) {
      const node = system.node(name)
      await node.run('drbdadm primary old')
      expect(await readPattern(node, restored, 16)).toBe(pattern)
      const { first, second } = await counters(node, restored)
      // The writer writes the first, then the second: no cut can have the second alone.
      expect(first - second).toBeGreaterThanOrEqual(0)
      expect(first - second).toBeLessThanOrEqual(1)
      expect(second).toBeLessThanOrEqual(atEnd.second)
      await node.run('drbdadm secondary old')
    }
    const sums = await Promise.all(both.map((name) => wholeSum(system.node(name), 'old_00000')))
    expect(sums[0]).toBe(sums[1])
    expect(await readPattern(n1, device, 8)).toBe(written)
  })

  test('it goes back on both nodes, and the one whose satellite has died is waited for', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    const before = await wholeSum(n1, 'old_00000')
    await n1.run('drbdadm secondary web')
    await until('nobody is Primary', async () => {
      const seen = await Promise.all(both.map((name) => system.observed(definition, name)))
      return seen.every((each) => each?.role === 'Secondary') || undefined
    })
    await system.cluster.killSatellite(n2)
    await system.must('snapshot.rollback', { definition, snapshot: 's1' })
    await until('n1 is down', async () => {
      return !(await n1.run('drbdsetup status')).stdout.includes('web role') || undefined
    })
    await system.cluster.startSatellite(n2)
    await system.settled(definition)
    for (const node of [n1, n2]) {
      expect(await wholeSum(node, 'web_00000')).toBe(before)
      const { stdout } = await node.run('lvs --noheadings -o lv_name vg0')
      expect(
        stdout
          .split(/\s+/)
          .filter((name) => name.startsWith('web'))
          .sort(),
      ).toEqual(['web_00000', 'web_00000_s1'])
    }
    await n1.run('drbdadm primary web')
    expect(await readPattern(n1, device, 16)).toBe(pattern)
  })

  test('the satellites die while it is held: the next one lets input and output go on', async () => {
    const { system } = story
    const [n1, n2] = [system.node('n1'), system.node('n2')]
    // The other node never answers, so that nobody goes on to take it.
    await system.cluster.killSatellite(n2)
    await system.must('snapshot.create', { definition, snapshot: 's2' })
    await until('n1 holds', async () => (await isHeld(n1)) || undefined)
    await system.cluster.killSatellite(n1)
    expect(await isHeld(n1)).toBe(true)
    const writer = await n1.spawn(counting(device), { name: 'writer' })
    await system.cluster.startSatellite(n1)
    await until(
      'n1 goes on',
      async () => !(await isHeld(n1)) || undefined,
      suspensionLimitMs + 10_000,
    )
    const before = await counters(n1, device)
    await until('it writes', async () => {
      return (await counters(n1, device)).second > before.second || undefined
    })
    await writer.stop()
    await system.cluster.startSatellite(n2)
    await untilPhase('failed')
    await system.settled(definition)
  })

  test("an operator's own suspension stays; a snapshot says that it is in the way", async () => {
    const { system } = story
    const n1 = system.node('n1')
    await n1.run('drbdadm suspend-io web')
    await system.must('snapshot.create', { definition, snapshot: 's3' })
    await untilPhase('failed')
    expect(await isHeld(n1)).toBe(true)
    await n1.run('drbdadm resume-io web')
  })

  test('DRBD answers while it holds: what adjusts, changes or takes down does not hang', async () => {
    const { system } = story
    const n1 = system.node('n1')
    const writer = await n1.spawn(counting(device), { name: 'writer' })
    await until('it writes', async () => (await counters(n1, device)).second > 3 || undefined)
    await n1.run('drbdadm suspend-io web')
    const codes: (number | null)[] = []
    for (const command of [
      'drbdadm adjust web',
      'drbdsetup disk-options 1000 --resync-rate=20480',
      'drbdadm resize web/0',
      'drbdadm down web',
    ]) {
      // 124 is what `timeout` says of a command that hangs.
      codes.push((await n1.run(`timeout 20 ${command}`, { check: false })).exitCode)
    }
    await n1.run('drbdadm resume-io web')
    await writer.stop()
    expect(codes).not.toContain(124)
    expect(codes.slice(0, 2)).toEqual([0, 0])
    // It is in use.
    expect(codes[3]).not.toBe(0)
  })
})

/** Counts upwards in two blocks, one after the other, each on the disk before the next. */
function counting(device: string): string {
  const put = (seek: number) =>
    `printf %-4096d $i | dd of=${device} bs=4k count=1 seek=${seek} iflag=fullblock oflag=direct status=none`
  return `i=0; while :; do i=$((i+1)); ${put(12_000)}; ${put(14_000)}; sleep 0.05; done`
}

async function counters(node: LabNode, device: string): Promise<{ first: number; second: number }> {
  const at = async (skip: number) => {
    const { stdout } = await node.run(
      `dd if=${device} bs=4k count=1 skip=${skip} iflag=direct status=none | tr -d '\\0 '`,
    )
    return Number(stdout)
  }
  const second = await at(14_000)
  return { first: await at(12_000), second }
}

/** What is on this node's own disk, without the metadata at the end. */
async function wholeSum(node: LabNode, volume: string): Promise<string> {
  return readPattern(node, `/dev/vg0/${volume}`, 64)
}
