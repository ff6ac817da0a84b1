/** `./dev test`: every check and every suite, always all of them, and one line that sums them up. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { labSupport, moduleParts, partSupport } from '../../infra/lab/index.ts'
import {
  again,
  type Counts,
  none,
  plainLine,
  type Report,
  reportVariable,
  sum,
  unexcused,
} from './counts.ts'
import { prepareLab, prepareModules, prepareNats } from './prepare.ts'
import { Interrupted, interruption, runTool } from './process.ts'

const checks = {
  types: ['tsc', '--noEmit'],
  lint: ['biome', 'check', '--error-on-warnings', '.'],
  promises: ['oxlint', '--type-aware'],
  unused: ['knip'],
} as const

/**
 * Runs that nobody has played yet, for so long: each `./dev test` finds out about others. What has
 * failed once is played by the unit tests for ever. A change is judged by what it changes: CI plays
 * the first seeds, which the change before has passed as well.
 */
const freshRuns = {
  sim: ['--for', '120', ...known(300)],
  'sim --whole': ['--whole', '--for', '60', ...known(40)],
} as const

function known(seeds: number): string[] {
  return process.env.CI ? ['--from', '1', '--seeds', String(seeds)] : []
}

const suites = ['unit', 'system', 'lab'] as const
type Suite = (typeof suites)[number]
const parts: readonly string[] = ['static', 'sim', ...suites]

/** More failed files than this are no accident. */
const mostUnsteady = 2

type Part = Counts & {
  readonly name: string
  readonly ms: number
  readonly omitted: readonly string[]
}

export async function test(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { 'nothing-skipped': { type: 'boolean', default: false } },
  })
  const [part, pattern] = positionals
  if (part !== undefined && !parts.includes(part)) {
    say(`there is no part ${part}; there are ${parts.join(', ')}`)
    return 2
  }
  const signal = interruption()
  const done: Part[] = []
  try {
    const isWanted = (name: string) => part === undefined || part === name
    if (isWanted('static')) {
      for (const [name, tool] of Object.entries(checks)) done.push(await check(name, tool, signal))
    }
    if (isWanted('sim')) {
      for (const [name, words] of Object.entries(freshRuns)) {
        const tool = ['node', 'tools/dev/main.ts', 'sim', ...words]
        done.push(await check(name, tool, signal, { isTold: true }))
      }
    }
    const wanted = suites.filter(isWanted)
    done.push(...(await setUp(wanted)))
    for (const suite of wanted) done.push(await runSuite(suite, pattern, signal))
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    say(`${error.message}; what had not run by then is not counted`)
    console.log(plainLine(done.reduce<Counts>(sum, none)))
    return 130
  }
  return conclude(done, values['nothing-skipped'])
}

/** What cannot be set up counts as a failure: the tests that need it would only say so one by one. */
async function setUp(wanted: readonly Suite[]): Promise<Part[]> {
  const started = performance.now()
  const problems: string[] = []
  if (wanted.some((suite) => suite !== 'unit')) problems.push(...(await problemsOf(prepareNats)))
  if (wanted.includes('lab')) {
    problems.push(...(await problemsOf(prepareLab)), ...(await problemsOf(prepareModules)))
  }
  for (const problem of problems) say(problem)
  const failed = problems.length
  const ms = performance.now() - started
  return failed === 0 ? [] : [{ ...none, failed, name: 'set-up', ms, omitted: [] }]
}

async function problemsOf(prepare: (log: typeof say) => Promise<unknown>): Promise<string[]> {
  try {
    await prepare(say)
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** A static check counts as one test. `isTold`: what it prints is of interest when all is well, too. */
async function check(
  name: string,
  tool: readonly string[],
  signal: AbortSignal,
  { isTold = false } = {},
): Promise<Part> {
  const started = performance.now()
  const { ok, output } = await runTool(tool, { stream: false, signal })
  if (!ok || isTold) console.log(output.trimEnd())
  const ms = performance.now() - started
  console.log(`${ok ? '✓' : '✗'} ${name} (${tool.join(' ')}) ${seconds(ms)}`)
  return { name, ms, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, omitted: [] }
}

async function runSuite(
  suite: Suite,
  pattern: string | undefined,
  signal: AbortSignal,
): Promise<Part> {
  const started = performance.now()
  console.log(`\n── ${suite} ──`)
  const directory = await mkdtemp(join(tmpdir(), 'varve-test-'))
  try {
    const run = async (patterns: readonly string[]) => {
      const path = join(directory, 'report.json')
      await rm(path, { force: true })
      const tool = ['vitest', 'run', '--project', suite, ...patterns]
      const { ok } = await runTool(tool, { stream: true, signal, env: { [reportVariable]: path } })
      return readReport(path, ok)
    }
    const first = await run(pattern === undefined ? [] : [pattern])
    const report = await secondChance(first, run)
    // A machine that cannot have a lab has said so during the set-up.
    const isExcused = suite === 'lab' && !labSupport().ok
    const lacking = suite === 'lab' ? moduleParts.filter((part) => !partSupport(part).ok) : []
    const lacks = lacking.map((part) => `${part}-modules`)
    const omitted = isExcused ? [] : unexcused(report.skippedNames, lacks)
    return { ...report, name: suite, ms: performance.now() - started, omitted }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Tests fail for reasons of the machine as well: a few files that failed are run once more from
 * their beginning, and it is said aloud that they needed it. What failed, a law's seed included,
 * stands above.
 */
async function secondChance(
  first: Report,
  run: (patterns: readonly string[]) => Promise<Report>,
): Promise<Report> {
  const files = first.failedFiles.map(({ path }) => path)
  if (files.length === 0 || files.length > mostUnsteady) return first
  const names = files.map((path) => relative(process.cwd(), path)).join(', ')
  say(`failed, and run once more: ${names}`)
  const second = await run(files)
  say(`${second.failed === 0 ? 'UNSTEADY, passed the second time' : 'failed again'}: ${names}`)
  return again(first, second)
}

/** A vitest that died, or that ends badly without a failed test (an unhandled error), is one failure. */
async function readReport(path: string, ok: boolean): Promise<Report> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return { ...none, failed: 1, skippedNames: [], failedFiles: [] }
  // Written by our own reporter a moment ago.
  const report = JSON.parse(text) as Report
  return !ok && report.failed === 0 ? { ...report, failed: 1 } : report
}

/** Says where the time went and what was left out; the last line is the one that is counted. */
function conclude(done: readonly Part[], isNothingSkipped: boolean): number {
  console.log('')
  for (const part of done)
    console.log(`${part.name.padEnd(9)} ${seconds(part.ms).padStart(8)}  ${plainLine(part)}`)
  const total = done.reduce<Counts>(sum, none)
  const omitted = done.flatMap((part) => part.omitted)
  if (isNothingSkipped) {
    for (const name of omitted) say(`skipped, though this machine could run it: ${name}`)
  }
  console.log(plainLine(total))
  const hasRun = total.passed + total.failed > 0
  return total.failed > 0 || !hasRun || (isNothingSkipped && omitted.length > 0) ? 1 : 0
}

function say(line: string): void {
  console.log(`dev: ${line}`)
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
