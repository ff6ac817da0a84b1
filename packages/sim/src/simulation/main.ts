/** `./dev sim`: many runs, each from its seed; one that fails is told with its shortest form. */
import { parseArgs } from 'node:util'
import { tellWhole } from '../whole/main.ts'
import { matrixCases, playCase } from './matrix/matrix.ts'
import { play, shrink, stepsOfSeed, terrainOfSeed } from './run.ts'

/** Of a call that says neither how many nor for how long. */
const usualSeeds = 100

const print = (line: string) => process.stdout.write(`${line}\n`)

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      for: { type: 'string' },
      seed: { type: 'string' },
      matrix: { type: 'boolean', default: false },
      case: { type: 'string' },
      whole: { type: 'boolean', default: false },
    },
  })
  if (values.matrix) return runMatrix(values.case ?? '')
  const first = Number(values.seed ?? values.from ?? Math.floor(Math.random() * 2 ** 31))
  const started = performance.now()
  const passed = () => Math.round((performance.now() - started) / 1000)
  // For so long and as many as may be, whatever is reached first.
  const usual = values.for === undefined ? usualSeeds : Number.POSITIVE_INFINITY
  const most = values.seed === undefined ? Number(values.seeds ?? usual) : 1
  const longest = Number(values.for ?? Number.POSITIVE_INFINITY)
  const isOver = (count: number) => count >= most || passed() >= longest
  // Who has little time plays a failing seed alone for its shortest form.
  const mostPlays = values.for === undefined ? Number.POSITIVE_INFINITY : 20
  let failed = 0
  let count = 0
  for (; !isOver(count); count += 1) {
    const seed = first + count
    const hasFailed = await (values.whole
      ? tellWhole(seed, mostPlays, print)
      : tellOne(seed, mostPlays))
    if (hasFailed) failed += 1
  }
  print(`${count} runs from seed ${first} in ${passed()} s, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

/** Plays one run, and tells what is broken in its shortest form; true: something is. */
async function tellOne(seed: number, mostPlays: number): Promise<boolean> {
  const steps = stepsOfSeed(seed)
  const terrain = terrainOfSeed(seed)
  const failure = await play(seed, steps, terrain)
  if (!failure) return false
  print(`seed ${seed} on ${JSON.stringify(terrain)}: ${failure.broken[0]}`)
  const shortest = await shrink(seed, { steps, terrain }, failure, mostPlays)
  for (const step of shortest.steps) print(`  ${JSON.stringify(step)}`)
  for (const sentence of shortest.failure.broken) print(`  → ${sentence}`)
  return true
}

/** All cases whose name has the given words in it. */
async function runMatrix(words: string): Promise<number> {
  const cases = (await matrixCases()).filter(({ name }) => name.includes(words))
  const started = performance.now()
  let failed = 0
  for (const each of cases) {
    const broken = await playCase(each)
    if (broken.length === 0) continue
    failed += 1
    print(each.name)
    for (const sentence of broken) print(`  → ${sentence}`)
  }
  const seconds = Math.round((performance.now() - started) / 1000)
  print(`${cases.length} cases in ${seconds} s, ${failed} failed`)
  return failed === 0 ? 0 : 1
}
