/** A suite: scenarios on real kernels and on simulated machines, side by side, in one lab. */
import { afterAll, afterEach, beforeAll, describe, type ExpectStatic, expect, test } from 'vitest'
import { nvmeSupport, type Support, zfsSupport } from '../../infra/lab/index.ts'
import { play, type Scenario } from './play.ts'
import { realWorld } from './real.ts'
import { recordPath } from './record.ts'
import type { Scenarios } from './scenario/index.ts'
import { simulatedWorld } from './simulated.ts'
import type { ConformanceWorld, Machines } from './world.ts'

const extras = {
  zfs: { name: 'zfs-modules', support: zfsSupport },
  nvme: { name: 'nvme-modules', support: nvmeSupport },
} as const

type Suite = {
  readonly title: string
  readonly support: Support
  readonly machines: Machines
  readonly scenarios: Scenarios
}

/** Each scenario gives the same text in both worlds, which is its record. */
export function compareWorlds({ title, support, machines, scenarios }: Suite): void {
  const full = support.ok ? title : `${title} (skipped: ${support.reason})`
  describe.skipIf(!support.ok)(full, () => {
    let simulated: ConformanceWorld
    let real: Awaited<ReturnType<typeof realWorld>>

    beforeAll(async () => {
      simulated = await simulatedWorld(machines)
      real = await realWorld(machines)
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

    test.concurrent.for(scenarios.gentle)('$title', (scenario, context) =>
      compare(scenario, context.expect),
    )
    if (machines.extra !== undefined) {
      const { name, support: extra } = extras[machines.extra]
      const has = extra()
      const needs = `[needs ${name}]${has.ok ? '' : ` (skipped: ${has.reason})`}`
      test.skipIf(!has.ok).concurrent.for(scenarios.extra)(`$title ${needs}`, (scenario, context) =>
        compare(scenario, context.expect),
      )
    }
    test.for(scenarios.rough)('$title', (scenario) => compare(scenario, expect))
  })
}
