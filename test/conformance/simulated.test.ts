/** On simulated machines satellites report what was recorded on real kernels (lab.test.ts). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { play } from './play.ts'
import { recordOf } from './record.ts'
import { ofDrbd9, ofFiles, ofVolumes, type Scenarios } from './scenario/index.ts'
import { simulatedWorld } from './simulated.ts'
import { type ConformanceWorld, type Machines, onFiles, onVolumes, trio } from './world.ts'

type Played = { readonly name: string; readonly machines: Machines; readonly scenarios: Scenarios }

const all: readonly Played[] = [
  { name: 'LVM and what is upon it', machines: onVolumes, scenarios: ofVolumes },
  { name: 'image files and ZFS', machines: onFiles, scenarios: ofFiles },
  { name: 'three nodes with DRBD 9', machines: trio, scenarios: ofDrbd9 },
]

describe.each(all)('$name', ({ machines, scenarios }) => {
  let world: ConformanceWorld

  beforeAll(async () => {
    world = await simulatedWorld(machines)
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  test.concurrent.for([...scenarios.gentle, ...scenarios.extra])(
    '$title',
    async (scenario, context) => {
      const recorded = await recordOf(scenario)
      context.expect(await play(scenario, world, recorded)).toBe(recorded)
    },
  )

  test.for(scenarios.rough)('$title', async (scenario) => {
    const recorded = await recordOf(scenario)
    expect(await play(scenario, world, recorded)).toBe(recorded)
  })
})
