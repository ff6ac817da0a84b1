/** Several resources at one moment: what one writer does on two of them is never torn apart. */
import type { SnapshotRow } from '@varve/projections'
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const nodes = ['n1', 'n2'] as const
const definitions = ['data', 'journal'] as const
const mib = 1024

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

test('all of them or none, and the journal is never behind its data', async () => {
  const system = await startSimulated({ nodes })
  simulated = system
  const { must, query } = system.system
  const n1 = system.world.host('n1')
  const n2 = system.world.host('n2')
  for (const definition of definitions) {
    await must('resource-definition.create', { definition })
    await must('volume-definition.create', { definition, sizeKib: 32 * mib })
    for (const node of nodes) await must('resource.create', { definition, node, pool: 'thin' })
    await system.untilDeployed(definition, 2)
    expect(n1.open(definition)).toBeUndefined()
  }
  const statuses = async (snapshot: string) => {
    const replies = await Promise.all(
      definitions.map((definition) => query('snapshots', { definition })),
    )
    return replies.map((reply) => {
      const rows = reply.ok ? (reply.data as { rows: SnapshotRow[] }).rows : []
      return rows.find(({ name }) => name === snapshot)?.status
    })
  }
  const untilAll = (snapshot: string, status: SnapshotRow['status']) =>
    until(`both are ${status}`, async () => {
      return (await statuses(snapshot)).every((each) => each === status) || undefined
    })
  const all = (snapshot: string) => definitions.map((definition) => ({ definition, snapshot }))

  // The journal is written first; a write that is held back ends what the writer does for now.
  let isOver = false
  const writer = (async () => {
    for (let entry = 1; !isOver; ) {
      const held = n1.write('journal', 1, `${entry}`) ?? n1.write('data', 1, `${entry}`)
      if (held === undefined) entry += 1
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  const full = { kind: 'fail', code: 5, stderr: '  Thin pool vg0/thin is full.' } as const
  n2.fault({ argv: ['lvcreate', '--snapshot'], times: 1, effect: full })
  await must('snapshot.create-multiple', { snapshots: all('s1') })
  await untilAll('s1', 'failed')
  await must('snapshot.create-multiple', { snapshots: all('s2') })
  await untilAll('s2', 'ready')
  isOver = true
  await writer
  expect(definitions.map((name) => n1.write(name, 2, 'nothing is held'))).toEqual([
    undefined,
    undefined,
  ])

  for (const definition of definitions) {
    await must('snapshot.restore', { definition, snapshot: 's2', to: `old-${definition}` })
    await system.untilDeployed(`old-${definition}`, 2)
  }
  const entry = (name: string) => Number(/^1=(\d+)$/.exec(n2.replica(`old-${name}`) ?? '')?.[1])
  expect(entry('journal') - entry('data')).toBeGreaterThanOrEqual(0)
  expect(entry('journal') - entry('data')).toBeLessThanOrEqual(1)
  expect(system.world.unknown).toEqual([])
})
