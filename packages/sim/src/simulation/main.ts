/** `./dev sim`: many runs, each from its seed; one that fails is told with its shortest form. */
import { parseArgs } from 'node:util'
import { play, shrink, stepsOfSeed, terrainOfSeed } from './run.ts'

const print = (line: string) => process.stdout.write(`${line}\n`)

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      seeds: { type: 'string', default: '100' },
      from: { type: 'string' },
      seed: { type: 'string' },
    },
  })
  const first = Number(values.seed ?? values.from ?? Math.floor(Math.random() * 2 ** 31))
  const count = values.seed === undefined ? Number(values.seeds) : 1
  const started = performance.now()
  let failed = 0
  for (let seed = first; seed < first + count; seed += 1) {
    const steps = stepsOfSeed(seed)
    const terrain = terrainOfSeed(seed)
    const failure = await play(seed, steps, terrain)
    if (!failure) continue
    failed += 1
    print(`seed ${seed} on ${JSON.stringify(terrain)}: ${failure.broken[0]}`)
    const shortest = await shrink(seed, { steps, terrain }, failure)
    for (const step of shortest.steps) print(`  ${JSON.stringify(step)}`)
    for (const sentence of shortest.failure.broken) print(`  → ${sentence}`)
  }
  const seconds = Math.round((performance.now() - started) / 1000)
  print(`${count} runs from seed ${first} in ${seconds} s, ${failed} failed`)
  return failed === 0 ? 0 : 1
}
