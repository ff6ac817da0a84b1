/**
 * Random commands and faults on a whole cluster: nothing that was promised is broken, whatever
 * happens, and all comes about once nothing happens any more. `./dev sim` plays more of them.
 */
import { expect, test } from 'vitest'
import { SimCluster } from './cluster.ts'
import { failedOnce } from './failed.ts'
import { failedElsewhere } from './failed-elsewhere.ts'
import { createJudge } from './judge.ts'
import { createLedger } from './ledger.ts'
import { playStep } from './play.ts'
import { type Failure, play, stepsOfSeed, terrainOfSeed } from './run.ts'
import { nodes, type Step } from './steps.ts'
import type { Terrain } from './terrain.ts'

/** From the first seed on, the same in each run: fresh ones are played by `./dev sim`. */
const runs = 25

test.each(Object.entries(failedOnce))('%s', async (_, steps) => {
  expect(await play(1, steps)).toBeUndefined()
})

test.each(Object.entries(failedElsewhere))('%s', async (_, { terrain, steps }) => {
  expect(await play(1, steps, terrain)).toBeUndefined()
})

test('runs that nobody has thought of', async () => {
  for (let seed = 1; seed <= runs; seed += 1) {
    const failure: Failure | undefined = await play(seed, stepsOfSeed(seed), terrainOfSeed(seed))
    expect(failure, `./dev sim --seed ${seed} plays it again`).toBeUndefined()
  }
}, 300_000)

test('a seed gives the same run each time', async () => {
  // Not one with encryption, whose keys are made by chance.
  const [once, again] = [await story(8), await story(8)]
  expect(once.length).toBeGreaterThan(50)
  expect(again).toEqual(once)
})

test('a write that is gone from every disk is noticed, and so is a foreign volume that changed', async () => {
  const { each, ledger, judge } = await played(1, used)
  expect(ledger.definitions()).toEqual(['web'])
  expect(judge.afterStep()).toEqual([])
  for (const { machine } of each.world.hosts.values()) {
    const group = machine.groups.get('vg0')
    group?.volumes.get('web_00000')?.device.content.clear()
  }
  expect(judge.afterStep()).toEqual(['last-good-copy: no disk has all that was written to web'])
  each.world.host('n1').machine.groups.get('vg0')?.volumes.delete('theirs')
  expect(judge.afterStep()).toContain('foreign-untouched: on n1 something foreign was changed')
})

const used: readonly Step[] = [
  {
    kind: 'command',
    type: 'resource-group.spawn',
    args: { group: 'DfltRscGrp', definition: 'web', sizesKib: [65_536], filter: { placeCount: 2 } },
  },
  { kind: 'pass', ms: 5_000 },
  { kind: 'open', node: 'n1', definition: 'web' },
  { kind: 'write', node: 'n1', definition: 'web' },
]

async function played(seed: number, steps: readonly Step[], terrain?: Terrain) {
  const each = await SimCluster.start(seed, nodes, terrain)
  const ledger = createLedger()
  const judge = createJudge(each, ledger)
  for (const step of steps) await playStep(each, ledger, step)
  return { each, ledger, judge }
}

/** All that was decided, with its time. Keys of nodes are made by chance, as they have to be. */
async function story(seed: number): Promise<string[]> {
  const { each } = await played(seed, stepsOfSeed(seed), terrainOfSeed(seed))
  return each.controller.log.flat().flatMap(({ at, events }) =>
    events.map((event) => {
      const { publicKey, ...rest } = { publicKey: undefined, ...event }
      return `${at} ${JSON.stringify(rest)}`
    }),
  )
}
