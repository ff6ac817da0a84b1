/**
 * The same scenarios on simulated machines and on real kernels, compared step by step. What the
 * real ones report is the record that the simulated ones are measured by in simulated.test.ts;
 * `vitest run --project lab --update=all test/conformance` writes it anew.
 */
import { afterAll, afterEach, beforeAll, describe, type ExpectStatic, expect, test } from 'vitest'
import { labSupport, zfsSupport } from '../../infra/lab/index.ts'
import { play, type Scenario } from './play.ts'
import { realWorld } from './real.ts'
import { recordPath } from './record.ts'
import { gentle, onZfs, rough } from './scenario/index.ts'
import { simulatedWorld } from './simulated.ts'
import { type ConformanceWorld, pair } from './world.ts'

const support = labSupport()
const title = 'real kernels'
const zfs = zfsSupport()
const needsZfs = `[needs zfs-modules]${zfs.ok ? '' : ` (skipped: ${zfs.reason})`}`

describe.skipIf(!support.ok)(support.ok ? title : `${title} (skipped: ${support.reason})`, () => {
  let simulated: ConformanceWorld
  let real: Awaited<ReturnType<typeof realWorld>>

  beforeAll(async () => {
    simulated = await simulatedWorld(pair)
    real = await realWorld(pair)
  })
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') real?.noteFailure()
  })
  afterAll(async () => {
    await real?.[Symbol.asyncDispose]()
    await simulated?.[Symbol.asyncDispose]()
  })

  async function compare(scenario: Scenario, local: ExpectStatic): Promise<void> {
    const expected = await play(scenario, simulated)
    const found = await play(scenario, real, expected)
    await local(found).toMatchFileSnapshot(recordPath(scenario))
    local(expected).toBe(found)
  }

  test.concurrent.for(gentle)('$title', (scenario, context) => compare(scenario, context.expect))
  test.skipIf(!zfs.ok).concurrent.for(onZfs)(`$title ${needsZfs}`, (scenario, context) =>
    compare(scenario, context.expect),
  )
  test.for(rough)('$title', (scenario) => compare(scenario, expect))
})
