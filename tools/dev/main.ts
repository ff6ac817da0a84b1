/** `./dev <verb>`: one verb, one file; only the file of the verb that runs is loaded. */

const usage = `usage: ./dev <verb> [options]

  demo  [--keep]                        a cluster on simulated hosts plays a short story
  test  [part [pattern]] [--nothing-skipped]
                                        all checks and tests, or one part of them:
                                        static, sim, unit, system or lab
  lab   [--nodes N] [--disks N] [--exec COMMAND]
                                        nodes with real kernels, Varve on them, a shell beside them
  build [--directory DIR] [--with-node]
                                        what is installed on machines that run Varve, in dist/
  bench [lab]                           measure, and print the figures of docs/performance.md, or on
                                        real kernels those of docs/performance-lab.md
  sim   [--whole] [--seeds N | --for SECONDS] [--from S] [--seed S]
                                        random commands and faults in one process, each run from
                                        its seed; one that fails is told in its shortest form
        --matrix [--case WORDS]         every operation × each of its steps × each fault
  help                                  this text

It sets up what a verb needs and is missing, and says what and why. The lab and its tests need root.
`

type Verb = (argv: string[]) => Promise<number>

const verbs: Record<string, () => Promise<Verb>> = {
  demo: async () => (await import('./demo.ts')).demo,
  test: async () => (await import('./test.ts')).test,
  lab: async () => (await import('./lab.ts')).lab,
  build: async () => (await import('./build.ts')).run,
  sim: async () => (await import('@varve/sim/simulation')).run,
  bench: async () => (await import('../../test/bench/main.ts')).run,
}

async function main([name = 'help', ...argv]: string[]): Promise<number> {
  if (['help', '--help', '-h'].includes(name)) {
    process.stdout.write(usage)
    return 0
  }
  const load = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!load) {
    process.stderr.write(`dev: there is no verb ${name}\n\n${usage}`)
    return 2
  }
  const verb = await load()
  return verb(argv)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error
  process.stderr.write(`dev: ${words(error)}\n`)
  process.exitCode = isUsage ? 2 : 1
}

/** What an operator can act on is a sentence; only a fault of ours is worth its stack. */
function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isOurFault = error instanceof TypeError || error instanceof ReferenceError
  return isOurFault && !('code' in error) ? (error.stack ?? error.message) : error.message
}
