/** `./dev bench`: measures every figure that Varve promises, and the bare log beside it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from '../../tools/dev/build.ts'
import { appliedFigures } from './applied.ts'
import { commandFigures } from './commands.ts'
import { controllerFigures } from './controller.ts'
import { evacuationFigures } from './evacuation.ts'
import { failoverFigures } from './failover.ts'
import { type Figure, tableOf } from './figure.ts'
import { foldFigures } from './fold.ts'
import { type Grown, growJournal } from './grow.ts'
import { natsFailoverFigures } from './nats-failover.ts'
import { pastFigures } from './past.ts'
import { planFigures } from './plan.ts'
import { policyFigures } from './policies.ts'
import { documentOf } from './report.ts'
import { restFigures } from './rest.ts'
import { restSpawnFigures } from './rest-spawn.ts'
import { satelliteFigures } from './satellite.ts'
import { snapshotFigures } from './snapshot.ts'
import { wholeFigures } from './whole.ts'

const help = `usage: ./dev bench [options]
       ./dev bench lab [--write] [--pairs N] [--resting N] [--parallel LIST]
                real kernels, minutes; needs root (docs/performance-lab.md)
  --only LIST   parts to measure, parted by commas: fold, commands, applied, controller, evacuation, past, plan, policies, rest, rest-spawn, failover, nats-failover, snapshot, whole, satellite
  --json        figures with all their runs, as JSON
  --write       write docs/performance.md
`

/** Made when a part first asks for it. */
type Material = {
  /** A directory with a journal of 10,000 definitions. */
  readonly grown: () => Promise<{ directory: string; grown: Grown }>
  /** The command `varve` of a fresh build. */
  readonly varve: () => Promise<string>
}

type Part = (material: Material) => Promise<Figure[]>

const parts: Readonly<Record<string, Part>> = {
  fold: async ({ grown }) => {
    const made = await grown()
    return foldFigures(made.directory, made.grown)
  },
  commands: commandFigures,
  applied: appliedFigures,
  controller: async ({ grown, varve }) => {
    const { directory } = await grown()
    return controllerFigures({ varve: await varve(), directory })
  },
  evacuation: evacuationFigures,
  past: () => pastFigures(),
  plan: planFigures,
  policies: policyFigures,
  rest: async ({ grown, varve }) => {
    const { directory } = await grown()
    return restFigures({ varve: await varve(), directory })
  },
  'rest-spawn': () => restSpawnFigures(),
  snapshot: snapshotFigures,
  whole: wholeFigures,
  'nats-failover': natsFailoverFigures,
  failover: failoverFigures,
  satellite: async ({ varve }) => satelliteFigures(await varve()),
}

export async function run(argv: string[]): Promise<number> {
  if (argv[0] === 'lab') return (await import('./lab.ts')).run(argv.slice(1))
  const { values } = parseArgs({
    args: argv,
    options: {
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const names = values.only?.split(',') ?? Object.keys(parts)
  const unknown = names.find((name) => !Object.hasOwn(parts, name))
  if (unknown !== undefined) {
    process.stderr.write(`bench: there is no part ${unknown}\n\n${help}`)
    return 2
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const { figures, failed } = await measure(names)
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : `${tableOf(figures)}\n`)
  for (const line of failed) process.stderr.write(`bench: ${line}\n`)
  if (failed.length > 0) return 1
  if (values.write) {
    const path = new URL('../../docs/performance.md', import.meta.url)
    await writeFile(path, await documentOf(figures))
  }
  return 0
}

type Measured = { readonly figures: Figure[]; readonly failed: string[] }

/** A part that fails costs its own figures only. */
async function measure(names: readonly string[]): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'varve-bench-'))
  let growing: Promise<Grown> | undefined
  const grown = async () => {
    growing ??= growJournal(directory, 10_000)
    return { directory, grown: await growing }
  }
  let building: Promise<string> | undefined
  const varve = () => {
    building ??= build(join(directory, 'varve'))
    return building
  }
  try {
    const measured: Measured = { figures: [], failed: [] }
    for (const name of names) {
      process.stderr.write(`bench: ${name} …\n`)
      try {
        measured.figures.push(...((await parts[name]?.({ grown, varve })) ?? []))
      } catch (error) {
        measured.failed.push(`${name} could not be measured: ${error}`)
      }
    }
    return measured
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2))
