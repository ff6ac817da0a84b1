/** On simulated machines satellites report what was recorded on real kernels (lab.test.ts). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { play } from './play.ts'
import { recordOf } from './record.ts'
import { gentle, onZfs, rough } from './scenario/index.ts'
import { simulatedWorld } from './simulated.ts'
import type { ConformanceWorld } from './world.ts'

let world: ConformanceWorld

beforeAll(async () => {
  world = await simulatedWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

test.concurrent.for([...gentle, ...onZfs])('$title', async (scenario, context) => {
  const recorded = await recordOf(scenario)
  context.expect(await play(scenario, world, recorded)).toBe(recorded)
})

test.for(rough)('$title', async (scenario) => {
  const recorded = await recordOf(scenario)
  expect(await play(scenario, world, recorded)).toBe(recorded)
})
