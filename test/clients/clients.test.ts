/** LINSTOR's own clients, unmodified, against a controller with simulated machines. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { withRest } from '../system/rest.ts'
import { startSimulated } from '../system/simulated.ts'
import { notYet } from './not-yet.ts'
import { type Client, golinstorSweep, javaStory, pythonStory } from './packages.ts'

const run = promisify(execFile)
const gib = 1024 * 1024
const longestMs = 180_000

const python = await pythonStory()
const golinstor = await golinstorSweep()
const java = await javaStory()

/** Starts a cluster that knows no node yet, and has the client speak to it. */
async function play(client: Client, urlOf: (url: string) => string): Promise<string> {
  if (!client.ok) throw new Error(client.reason)
  const directory = await mkdtemp(join(tmpdir(), 'varve-clients-'))
  await using _kept = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) }
  const { controller, rest } = withRest({}, directory)
  await using _simulated = await startSimulated({
    nodes: ['n1', 'n2', 'n3'],
    controller,
    register: false,
    allowFiles: ['/etc/drbd-reactor.d'],
    host: () => ({
      disks: [
        { name: '/dev/sda', sizeKib: 200 * gib },
        { name: '/dev/sdb', sizeKib: 10 * gib },
      ],
    }),
  })
  const [command, ...args] = client.argv
  const { stdout } = await run(command, [...args, urlOf(await rest.url)], {
    env: { ...process.env, ...client.env },
    timeout: longestMs,
  })
  return stdout
}

/** `name: what is wrong`; nothing may be wrong but what is named. */
function expectOnly(problems: readonly string[], named: readonly string[]): void {
  const nameOf = (problem: string) => problem.slice(0, problem.indexOf(':'))
  const failed = new Set(problems.map(nameOf))
  const over = named.filter((name) => !failed.has(name))
  if (over.length > 0) console.log(`works, and is still named in not-yet.ts: ${over.join(', ')}`)
  expect(problems.filter((problem) => !named.includes(nameOf(problem)))).toEqual([])
}

const Chapter = z.object({ chapter: z.string(), problem: z.string().optional() })
const Uncalled = z.object({ uncalled: z.array(z.string()) })

describe.skipIf(!python.ok)('python-linstor [needs python-packages]', () => {
  test(
    'a story through every method of Linstor, Resource, ResourceGroup and KV',
    async () => {
      const stdout = await play(python, (url) => url.replace('http://', 'linstor://'))
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      const chapters = z.array(Chapter).parse(lines.slice(0, -1))
      const problems = chapters.flatMap(({ chapter, problem }) =>
        problem === undefined ? [] : [`${chapter}: ${problem}`],
      )
      expectOnly(problems, notYet.python)
      // What follows a failure in its chapter is not called.
      if (problems.length === 0) expect(Uncalled.parse(lines.at(-1)).uncalled).toEqual([])
    },
    longestMs,
  )
})

const Sweep = z.object({ problems: z.array(z.string()), uncalled: z.array(z.string()) })

describe.skipIf(!golinstor.ok)('golinstor [needs go-packages]', () => {
  test(
    'every method is called, and every answer is one that the library decodes',
    async () => {
      const found = Sweep.parse(JSON.parse(await play(golinstor, (url) => url)))
      expectOnly(found.problems, notYet.golinstor)
      expect(found.uncalled).toEqual([])
    },
    longestMs,
  )
})

describe.skipIf(!java.ok)('java-linstor [needs java-packages]', () => {
  test(
    'what CloudStack’s driver does, and every method that reads',
    async () => {
      const lines = (await play(java, (url) => url)).trimEnd().split('\n')
      expectOnly(lines.slice(0, -1), notYet.java)
      const [, called] = /^called (\d+)$/.exec(lines.at(-1) ?? '') ?? []
      expect(Number(called)).toBeGreaterThan(70)
    },
    longestMs,
  )
})
