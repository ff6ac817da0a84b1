/**
 * As lab.test.ts, on nodes that were given DRBD 9: `vitest run --project lab --update=all
 * test/conformance/lab-drbd9` writes the record that simulated.test.ts measures by everywhere.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { drbd9Support } from '../../infra/lab/index.ts'
import { play } from './play.ts'
import { realWorld } from './real.ts'
import { recordPath } from './record.ts'
import { onDrbd9 } from './scenario/index.ts'
import { simulatedWorld } from './simulated.ts'
import { type ConformanceWorld, trio } from './world.ts'

const support = drbd9Support()
const title = `real kernels with DRBD 9 [needs drbd9-module]`

describe.skipIf(!support.ok)(support.ok ? title : `${title} (skipped: ${support.reason})`, () => {
  let simulated: ConformanceWorld
  let real: Awaited<ReturnType<typeof realWorld>>

  beforeAll(async () => {
    simulated = await simulatedWorld(trio)
    real = await realWorld(trio)
  })
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') real?.noteFailure()
  })
  afterAll(async () => {
    await real?.[Symbol.asyncDispose]()
    await simulated?.[Symbol.asyncDispose]()
  })

  test.for(onDrbd9)('$title', async (scenario) => {
    const expected = await play(scenario, simulated)
    const found = await play(scenario, real, expected)
    await expect(found).toMatchFileSnapshot(recordPath(scenario))
    expect(expected).toBe(found)
  })
})
