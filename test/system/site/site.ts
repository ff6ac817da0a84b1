/**
 * Three machines as `varve cluster init` and `join` make them: a nats-server, a controller and a
 * satellite on each, every one a process of its own that can be killed, in a network namespace.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { cp, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { findNatsServer } from '@varve/controller'
import { varveMain } from '../varve.ts'
import { createNamespaces, type Namespaces, subnet } from './namespaces.ts'

export const machines = ['c1', 'c2', 'c3'] as const
export type MachineName = (typeof machines)[number]
export const addressOf = (machine: MachineName) => `${subnet}.${machines.indexOf(machine) + 1}`
export const cluster = 'prod'

/** What runs on each machine. */
export type Part = 'nats' | 'controller' | 'satellite'
type Running = { readonly child: ChildProcess; readonly ended: Promise<void> }
export type Said = { readonly code: number | null; readonly out: string; readonly err: string }

export class TestSite implements AsyncDisposable {
  readonly directory: string
  readonly namespaces: Namespaces
  /** Parts that ended without having been told to. */
  readonly surprises: string[] = []
  readonly #running = new Map<string, Running>()
  readonly #env: NodeJS.ProcessEnv

  private constructor(directory: string, namespaces: Namespaces, natsServer: string) {
    this.directory = directory
    this.namespaces = namespaces
    this.#env = { ...process.env, NATS_SERVER: natsServer }
  }

  static async create(): Promise<TestSite> {
    const server = await findNatsServer({ env: process.env, log: (line) => console.log(line) })
    const directory = await mkdtemp(join(tmpdir(), 'varve-site-'))
    return new TestSite(directory, await createNamespaces(machines, directory), server.path)
  }

  /** Where a machine keeps its keys, as /etc/varve would be. */
  etc = (machine: MachineName) => join(this.directory, machine, 'etc')
  identity = (machine: MachineName, role: string) =>
    join(this.etc(machine), 'cluster', `${role}.json`)

  /** The command line on a machine, by the admin of the first one unless it says who asks. */
  async varve(machine: MachineName, words: readonly string[], as?: string): Promise<Said> {
    const child = this.startVarve(machine, words, as)
    const [out, err] = await Promise.all([
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
      once(child, 'close'),
    ])
    return { code: child.exitCode, out, err }
  }

  startVarve(machine: MachineName, words: readonly string[], as = this.identity('c1', 'admin')) {
    const [command = '', ...args] = this.namespaces.on(machine, [
      process.execPath,
      varveMain,
      ...words,
    ])
    const env = { ...this.#env, VARVE_IDENTITY: as }
    return spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  }

  /** Any program on a machine; resolves with its exit code. */
  async run(machine: MachineName, argv: readonly string[]): Promise<number | null> {
    const [command = '', ...args] = this.namespaces.on(machine, argv)
    const child = spawn(command, args, { stdio: 'ignore', env: this.#env })
    await once(child, 'close')
    return child.exitCode
  }

  /** A program of this folder on a machine, as the admin. */
  startScript(machine: MachineName, script: string, words: readonly string[]) {
    const path = join(import.meta.dirname, script)
    const argv = [process.execPath, path, this.identity('c1', 'admin'), ...words]
    const [command = '', ...args] = this.namespaces.on(machine, argv)
    return spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: this.#env })
  }

  /** As `varve`; throws what it said when it did not end well. */
  async must(machine: MachineName, line: string, as?: string): Promise<string> {
    const { code, out, err } = await this.varve(machine, line.split(' '), as)
    if (code !== 0) throw new Error(`varve ${line}: exit status ${code}: ${out}${err}`)
    return out
  }

  start(part: Part, machine: MachineName): void {
    const home = join(this.directory, machine)
    const identity = this.identity(machine, part === 'satellite' ? 'satellite' : 'controller')
    const words = {
      nats: ['--directory', join(home, 'nats')],
      controller: ['--directory', home, '--rest-port', 'off'],
      satellite: ['--simulated', join(this.directory, 'hardware.sock')],
    }[part]
    const log = ['--log-level', process.env.VARVE_TEST_LOG ?? 'warn']
    this.#start(`${part} ${machine}`, machine, [
      'run',
      part,
      '--identity',
      identity,
      ...log,
      ...words,
    ])
  }

  /** The satellites' machines: one process that nobody kills. */
  startHardware(nodes: readonly string[]): void {
    const socket = join(this.directory, 'hardware.sock')
    this.#start('hardware', 'c1', [
      'run',
      'sim-hosts',
      '--socket',
      socket,
      '--hosts',
      nodes.join(','),
    ])
  }

  async kill(part: Part, machine: MachineName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#end(`${part} ${machine}`, signal)
  }

  /** SIGSTOP and SIGCONT: the process stays. Of a server, its nats-server. */
  async signal(part: Part, machine: MachineName, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const running = this.#running.get(`${part} ${machine}`)
    const pid = running?.child.pid
    if (pid === undefined) return
    process.kill(part === 'nats' ? await childOf(pid) : pid, signal)
  }

  /**
   * The machine's server dies and has on its disk what was there `ms` before: as if its disk had not
   * kept what it said it had. `start` brings it back.
   */
  async killForgetful(machine: MachineName, ms: number): Promise<void> {
    const store = join(this.directory, machine, 'nats')
    const kept = join(this.directory, machine, 'nats-kept')
    // Stopped, since a copy of what is being written is of no moment at all.
    await this.signal('nats', machine, 'SIGSTOP')
    await cp(store, kept, { recursive: true })
    await this.signal('nats', machine, 'SIGCONT')
    await new Promise((resolve) => setTimeout(resolve, ms))
    await this.kill('nats', machine)
    await rm(store, { recursive: true })
    await rename(kept, store)
  }

  isRunning = (part: Part, machine: MachineName) => this.#running.has(`${part} ${machine}`)

  /** The end of every log, for whoever has to find out why. */
  async lastWords(): Promise<string> {
    const names = machines.flatMap((machine) =>
      (['nats', 'controller', 'satellite'] as const).map((part) => `${part} ${machine}`),
    )
    const texts = [...names, 'hardware'].map(async (name) => {
      const words = await readFile(this.#logOf(name), 'utf8').catch(() => '')
      return `--- ${name}\n${words.split('\n').slice(-12).join('\n')}`
    })
    return `${this.surprises.join('\n')}\n${(await Promise.all(texts)).join('\n')}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#running.keys()]) await this.#end(name, 'SIGKILL')
    await this.namespaces[Symbol.asyncDispose]()
    await rm(this.directory, { recursive: true, force: true })
  }

  #start(name: string, machine: MachineName, words: readonly string[]): void {
    const file = openSync(this.#logOf(name), 'a')
    // Bound to this process: a test run that is ended itself leaves nothing behind.
    const bound = ['/usr/bin/setpriv', '--pdeathsig', 'KILL', process.execPath, varveMain, ...words]
    const [command = '', ...args] = this.namespaces.on(machine, bound)
    const child = spawn(command, args, { stdio: ['ignore', file, file], env: this.#env })
    closeSync(file)
    const ended = new Promise<void>((resolve) => {
      child.once('exit', (code, signal) => {
        if (this.#running.get(name)?.child === child) {
          this.surprises.push(`${name} ended: ${signal ?? code}`)
        }
        resolve()
      })
    })
    this.#running.set(name, { child, ended })
  }

  async #end(name: string, signal: NodeJS.Signals): Promise<void> {
    const running = this.#running.get(name)
    if (!running) return
    this.#running.delete(name)
    running.child.kill(signal)
    await running.ended
  }

  #logOf = (name: string) => join(this.directory, `${name.replace(' ', '-')}.log`)
}

/** The nats-server below `varve run nats`, which is its only child. */
async function childOf(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const [first] = children.trim().split(' ').map(Number)
  if (!first) throw new Error(`process ${pid} has no child`)
  return first
}
