/**
 * A database keeps its data on one volume and its journal on another. A snapshot of both is one
 * moment of both, on every node. Simulator; test/lab/snapshot.test.ts takes one under a writer on
 * real kernels.
 */
import { expect, test } from 'vitest'
import { tell } from './story.ts'

test('several volumes are cut at one moment, and restored and rolled back together', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3'] })
  await story.varve('resource-definition create db')
  await story.varve('volume-definition create db 2G')
  await story.varve('volume-definition create db 512M')
  await story.varve('resource create db n1 n2 --storage-pool thin')
  const n1 = story.machine('n1')
  await n1.opens('db')

  // The journal is written first and the data after it, all the time.
  let written = 0
  let isOver = false
  const database = (async () => {
    for (let entry = 1; !isOver; entry += 1) {
      await n1.writes('db', 1, `entry ${entry}`, 1)
      await n1.writes('db', 1, `entry ${entry}`, 0)
      written = entry
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  await story.varve('snapshot create db noon')
  const atSnapshot = written
  isOver = true
  await database
  n1.closes('db')
  expect(atSnapshot).toBeGreaterThan(0)

  await story.varve('snapshot restore db noon db-noon')
  const cut = story.machine('n2')
  const [data, journal] = [cut.holds('db-noon', 0), cut.holds('db-noon', 1)].map(numberOf)
  if (data === undefined || journal === undefined) throw new Error('both volumes are restored')
  // Never data without its journal, and the same moment on every node.
  expect(journal - data).toBeGreaterThanOrEqual(0)
  expect(journal - data).toBeLessThanOrEqual(1)
  expect(data).toBeLessThanOrEqual(atSnapshot + 1)
  for (const volume of [0, 1])
    expect(n1.holds('db-noon', volume)).toBe(cut.holds('db-noon', volume))

  await story.eventually('snapshot rollback db noon', /done|accepted/)
  await story.isWell('db')
  for (const machine of [n1, cut]) {
    for (const volume of [0, 1]) {
      expect(machine.holds('db', volume)).toBe(machine.holds('db-noon', volume))
    }
  }
})

function numberOf(content: string | undefined): number {
  return Number(/entry (\d+)/.exec(content ?? '')?.[1])
}
