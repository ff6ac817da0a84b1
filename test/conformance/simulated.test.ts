/** On simulated machines satellites report what was recorded on real kernels (lab.test.ts). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { play } from './play.ts'
import { recordOf } from './record.ts'
import { gentle, onDrbd9, onZfs, rough } from './scenario/index.ts'
import { simulatedWorld } from './simulated.ts'
import { type ConformanceWorld, pair, trio } from './world.ts'

let world: ConformanceWorld
let three: ConformanceWorld

beforeAll(async () => {
  world = await simulatedWorld(pair)
  three = await simulatedWorld(trio)
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  await three?.[Symbol.asyncDispose]()
})

test.concurrent.for([...gentle, ...onZfs])('$title', async (scenario, context) => {
  const recorded = await recordOf(scenario)
  context.expect(await play(scenario, world, recorded)).toBe(recorded)
})

test.for(rough)('$title', async (scenario) => {
  const recorded = await recordOf(scenario)
  expect(await play(scenario, world, recorded)).toBe(recorded)
})

test.for(onDrbd9)('$title', async (scenario) => {
  const recorded = await recordOf(scenario)
  expect(await play(scenario, three, recorded)).toBe(recorded)
})
