/** SIGKILL to satellites at any moment: everything ends as it was asked for, once. */
import { beforeAll, expect, test } from 'vitest'
import type { LabNode } from '../../infra/lab/index.ts'
import { makeThinPool, tracesOf } from './machine.ts'
import { story } from './story.ts'
import { mib } from './system.ts'

const seed = Number(process.env.VARVE_SEED ?? 7)
const kills = 3
const names = ['aa', 'bb']
/** A spawn or a delete of one replica takes about this long here, milliseconds. */
const spreadMs = 4_000

story(
  'satellites killed at random points',
  { nodes: 2, udev: false, prepare: makeThinPool },
  (story) => {
    const random = randomFrom(seed)

    beforeAll(async () => {
      const { system } = story
      for (const { name } of system.lab.nodes)
        await system.pool(name, 'thin', 'LVM_THIN', 'vg0/thin')
      await system.must('resource-group.create', { group: 'pair', filter: { placeCount: 2 } })
      await system.must('volume-group.create', { group: 'pair' })
    })

    /** Kills the satellites `kills` times, each at a random moment, while `work` goes on. */
    async function amidKills(): Promise<void> {
      const { system } = story
      for (let i = 0; i < kills; i += 1) {
        const node = system.node(random() < 0.5 ? 'n1' : 'n2')
        // The moment is the random point itself, not a wait for something.
        await new Promise((resolve) => setTimeout(resolve, random() * spreadMs))
        await system.cluster.killSatellite(node)
        await system.cluster.startSatellite(node)
      }
    }

    test(`spawns converge, nothing twice (VARVE_SEED=${seed})`, async () => {
      const { system } = story
      for (const definition of names) {
        await system.must('resource-group.spawn', {
          group: 'pair',
          definition,
          sizesKib: [8 * mib],
        })
      }
      await amidKills()
      for (const definition of names) await system.settled(definition)
      for (const node of system.lab.nodes) {
        expect(await volumesOf(node)).toEqual(names.map((name) => `${name}_00000`))
        const minors = (await node.run('drbdsetup events2 --now | grep -o "minor:[0-9]*"')).stdout
        const found = minors.trim().split('\n')
        expect(new Set(found).size).toBe(names.length)
        expect(found.length).toBe(names.length)
      }
    })

    test(`deletes converge, nothing left (VARVE_SEED=${seed})`, async () => {
      const { system } = story
      for (const definition of names) {
        await system.must('resource-definition.delete', { definition })
      }
      await amidKills()
      for (const definition of names) await system.gone(definition)
      for (const node of system.lab.nodes) {
        for (const name of names) expect(await tracesOf(node, name)).toEqual([])
      }
    })
  },
)

async function volumesOf(node: LabNode): Promise<string[]> {
  const { stdout } = await node.run('lvs --noheadings -o lv_name vg0')
  const lines = stdout.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && line !== 'thin').sort()
}

/** mulberry32: the same seed gives the same moments. */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
