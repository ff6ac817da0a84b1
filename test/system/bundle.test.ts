/** What `./dev build` makes, run as an operator would: without the checkout, its tools and its caches. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { findNatsServer } from '@varve/controller'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { version } from '../../packages/cli/src/commands/run/version.ts'
import { build } from '../../tools/dev/build.ts'
import { until } from './harness.ts'

let directory = ''
/** The command, reached by a link, as in /usr/local/bin. */
let varve = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varve-bundle-'))
  await build(join(directory, 'installed'))
  varve = join(directory, 'varve')
  await symlink('installed/bin/varve', varve)
  await mkdir(join(directory, 'empty'))
  await mkdir(join(directory, 'tools'))
  await symlink(process.execPath, join(directory, 'tools/node'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Starts it in an empty directory with nothing of ours in its environment. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const PATH = `${join(directory, 'tools')}:/usr/sbin:/usr/bin:/sbin:/bin`
  return spawn(varve, args, {
    cwd: join(directory, 'empty'),
    env: { PATH, HOME: join(directory, 'empty'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function ask(line: string, env: NodeJS.ProcessEnv = {}) {
  const child = start(line.split(' '), env)
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('it was started with pipes')
  const [out, err] = await Promise.all([text(stdout), text(stderr), once(child, 'close')])
  return { code: child.exitCode, out, err }
}

/** Runs until the test is over; what it says goes nowhere, as nobody would read it. */
function service(args: readonly string[], env: NodeJS.ProcessEnv = {}): AsyncDisposable {
  const child = start(['run', ...args], env)
  for (const stream of [child.stdout, child.stderr]) stream?.resume()
  const ended = once(child, 'exit')
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(impatience)
    },
  }
}

it('tells its version and its verbs', async () => {
  expect(await ask('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
  const { code, out } = await ask('--help')
  expect({ code, isHelp: out.includes('resource-group') }).toEqual({ code: 0, isHelp: true })
})

it('brings units that start its daemons with options that they have', async () => {
  for (const part of ['nats', 'controller', 'satellite']) {
    const unit = await readFile(join(directory, `installed/systemd/varve-${part}.service`), 'utf8')
    const line = /^ExecStart=\/opt\/varve\/bin\/varve (.+)$/m.exec(unit)?.[1] ?? ''
    expect(line).toMatch(new RegExp(`^run ${part}( --|$)`))
    // With --help nothing is started, but all options are read.
    expect(await ask(`${line} --help`)).toMatchObject({ code: 0, err: '' })
  }
})

it('runs a controller and a satellite that spawn a resource', async () => {
  const nats = await findNatsServer({ env: process.env, log: (line) => console.log(line) })
  const data = join(directory, 'data')
  const socket = join(directory, 'hosts.sock')
  await using _hosts = service(['sim-hosts', '--socket', socket, '--hosts', 'n1'])
  await using _controller = service(
    ['controller', '--directory', data, '--listen', '0', '--log-level', 'error'],
    { NATS_SERVER: nats.path },
  )
  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => undefined,
    )
  await until('the simulated machine is there', () => isThere(socket))
  await until('the server listens', () => isThere(join(data, 'nats.url')))
  const url = (await readFile(join(data, 'nats.url'), 'utf8')).trim()
  await using _satellite = service([
    ...['satellite', '--node', 'n1', '--nats', url, '--simulated', socket, '--log-level', 'error'],
  ])
  const told = async (line: string) => {
    const answer = await ask(line, { VARVE_NATS: url })
    expect(answer).toMatchObject({ code: 0, err: '' })
    return answer.out
  }
  await told('node create n1 10.0.0.1')
  await told('storage-pool create lvm-thin n1 thin vg0/thin')
  await told('resource-group create fast --place-count 1 --storage-pool thin')
  await told('resource-group spawn fast web 1G')
  const resources = JSON.parse(await told('resource list -o json'))
  expect(resources).toMatchObject([{ definition: 'web', node: 'n1', status: 'UpToDate' }])
})
