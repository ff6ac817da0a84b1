import { expect, test } from 'vitest'
import { Tally } from './tally.ts'
import { processLines } from './views/metrics-process.ts'

const usage = { cpuSeconds: 1.5, residentBytes: 1024, startedAt: 7 }

test('each bucket counts what took at most so long, the last one all', () => {
  const tally = new Tally()
  for (const seconds of [0.0004, 0.02, 3, 60]) tally.note('GET /v1/nodes', seconds)
  const [row] = [...tally.rows()]
  expect(row?.buckets).toEqual([
    ['0.001', 1],
    ['0.005', 1],
    ['0.02', 2],
    ['0.1', 2],
    ['0.5', 2],
    ['2', 2],
    ['10', 3],
    ['30', 3],
    ['+Inf', 4],
  ])
  expect(row?.seconds).toBeCloseTo(63.0204)
})

test('reports are counted by node and module, unless nobody asked for them', () => {
  const report = { node: 'n1', module: 'SATELLITE' } as const
  const rest = {
    ...{ id: '', fingerprint: '', operation: '', summary: '', command: '', outcome: '' },
    ...{ output: '', count: 1, firstAt: 0, lastAt: 0, isOver: false },
  }
  const reports = [report, report, { ...report, node: 'n"2' }].map((row) => ({ ...rest, ...row }))
  const text = [...processLines({ tally: new Tally(), usage, reports })].join('')
  expect(text).toContain('linstor_error_reports_count{hostname="n1",module="SATELLITE"} 2\n')
  expect(text).toContain('linstor_error_reports_count{hostname="n\\"2",module="SATELLITE"} 1\n')
  const without = [...processLines({ tally: new Tally(), usage, reports: undefined })].join('')
  expect(without).not.toContain('error_reports')
})
