/** Programs that others wrote to judge an API: Prometheus' parser, and schemathesis. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readTokens } from '@varve/rest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { withRest } from '../system/rest.ts'
import { type SimulatedSystem, startSimulated } from '../system/simulated.ts'
import { promtool, pythonCheckers } from './packages.ts'

const run = promisify(execFile)
const checkers = await pythonCheckers()
const judge = await promtool()
/** Of schemathesis: it goes on for as long as it is let. */
const budgetSeconds = 25
/** Somebody who makes tokens at random would be let in no more without one. */
const token = 'of-the-judge'

describe.skipIf(!checkers.ok)('checkers [needs python-packages]', () => {
  const { controller, rest } = withRest({ waitMs: 200, tokens: readTokens(`judge ${token}`) })
  let simulated: SimulatedSystem
  let directory: string

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'varve-checkers-'))
    simulated = await startSimulated({ nodes: ['n1', 'n2'], controller })
    const { must } = simulated.system
    await must('resource-definition.create', { definition: 'web' })
    await must('volume-definition.create', { definition: 'web', sizeKib: 65_536 })
    await must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
    await simulated.untilDeployed('web', 1)
  })
  afterAll(async () => {
    await simulated[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  async function python(...argv: string[]): Promise<{ stdout: string; code: unknown }> {
    if (!checkers.ok) throw new Error(checkers.reason)
    const env = { ...process.env, ...checkers.env }
    // Schemathesis leaves notes where it runs.
    const options = { env, cwd: directory, timeout: 110_000, maxBuffer: 16 * 1024 * 1024 }
    const done = await run('python3', argv, options).catch(
      (error: { stdout?: string; code?: unknown }) => error,
    )
    return { stdout: done.stdout ?? '', code: 'code' in done ? done.code : 0 }
  }

  const Metrics = z.object({ names: z.array(z.string()), problems: z.array(z.string()) })

  test('metrics are what Prometheus takes', async () => {
    const script = join(import.meta.dirname, 'python/metrics.py')
    const { stdout } = await python(script, `${await rest.url}/metrics`, token)
    const { names, problems } = Metrics.parse(JSON.parse(stdout))
    expect(problems).toEqual([])
    expect(names).toContain('linstor_node_state')
    expect(names).toContain('linstor_resource_state')
    expect(names).toContain('linstor_restapi_request_duration_seconds')
  })

  test.skipIf(!judge.ok)('metrics are what promtool takes [needs promtool]', async () => {
    if (!judge.ok) throw new Error(judge.reason)
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${await rest.url}/metrics`, { headers })
    const checking = run(judge.argv[0], ['check', 'metrics'])
    checking.child.stdin?.end(await answer.text())
    // Names that are LINSTOR's may break its rules of style, which are told with another exit code.
    const { stdout, stderr } = await checking.catch(
      (error: { stdout: string; stderr: string }) => error,
    )
    const told = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
    expect(told.filter((line) => !/^linstor_\S+ /.test(line))).toEqual([])
  })

  test('whatever the document allows to be sent, the answer is what it says', async () => {
    const { stdout, code } = await python(
      ...['-m', 'schemathesis.cli', 'run', `${await rest.url}/v1/varve/openapi.json`],
      ...['--checks', 'response_schema_conformance,status_code_conformance'],
      ...['--phases', 'coverage,fuzzing', '--max-time', String(budgetSeconds)],
      ...['--max-examples', '3', '--seed', '7', '--request-timeout', '30', '--no-color'],
      ...['--header', `Authorization: Bearer ${token}`],
      // What goes on until the client goes, and what is no JSON.
      ...['--exclude-path-regex', '/events/|/feed$|/sos-report', '--warnings', 'off'],
      ...['--generation-database', 'none', '--max-failures', '5', '--workers', '2'],
    )
    expect([code, code === 0 ? '' : stdout.slice(-6_000)]).toEqual([0, ''])
    expect(stdout).toMatch(/[1-9]\d* (generated|passed)/)
  })
})
