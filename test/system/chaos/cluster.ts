/**
 * A cluster of real processes that can be killed one by one: a nats-server, controllers, and
 * satellites on simulated machines, which live in a process of their own and are never killed.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import { connectNats, type EmbeddedNats, findNatsServer, startEmbedded } from '@varve/controller'
import {
  type CommandReply,
  type PublicCommandType,
  type QueryReply,
  subjectsOf,
} from '@varve/events'
import { connectSimulatedHost, type RemoteHost } from '@varve/sim'
import { until } from '../harness.ts'

export const cluster = 'chaos'
export const controllers = ['c1', 'c2']
export const nodes = ['n1', 'n2', 'n3']
const subjects = subjectsOf(cluster)
const program = join(import.meta.dirname, '../../../packages/cli/src/main.ts')

/** A lost answer is asked for again soon: the id decides whether anything is done. */
const attemptMs = 1_000
const pauseMs = 50

type Running = { readonly child: ChildProcess; readonly ended: Promise<void> }

export class ChaosCluster implements AsyncDisposable {
  readonly directory: string
  readonly client: NatsConnection
  readonly hosts = new Map<string, RemoteHost>()
  /** Processes that ended without having been killed. */
  readonly surprises: string[] = []
  readonly #server: Awaited<ReturnType<typeof findNatsServer>>
  #nats: EmbeddedNats
  readonly #running = new Map<string, Running>()

  private constructor(
    directory: string,
    server: Awaited<ReturnType<typeof findNatsServer>>,
    nats: EmbeddedNats,
    client: NatsConnection,
  ) {
    this.directory = directory
    this.#server = server
    this.#nats = nats
    this.client = client
  }

  static async start(): Promise<ChaosCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'varve-chaos-'))
    const server = await findNatsServer({ env: process.env, log: (line) => console.log(line) })
    const nats = await startEmbedded({ server, dataDir: join(directory, 'nats') })
    const client = await connectNats({ servers: nats.url, name: 'client' })
    const self = new ChaosCluster(directory, server, nats, client)
    try {
      self.#start('hardware')
      await until('the machines are there', () => self.#connectHosts())
      for (const name of [...controllers, ...nodes]) self.#start(name)
      return self
    } catch (error) {
      await self[Symbol.asyncDispose]()
      throw error
    }
  }

  /** SIGKILL, and at once started again. */
  async kill(name: string): Promise<void> {
    await this.end(name)
    this.start(name)
  }

  /** SIGKILL; `start` brings it back. */
  end(name: string): Promise<void> {
    return this.#end(name, 'SIGKILL')
  }

  start(name: string): void {
    this.#start(name)
  }

  /** SIGKILL to the server; its memory is gone, its files are what it had synced. */
  async killNats(): Promise<void> {
    const { pid, port, exited } = this.#nats
    process.kill(pid, 'SIGKILL')
    await exited
    const dataDir = join(this.directory, 'nats')
    this.#nats = await startEmbedded({ server: this.#server, dataDir, port })
  }

  /** Ends the controllers in good order, so that their journals are at rest. */
  async stopControllers(): Promise<void> {
    await Promise.all(controllers.map((name) => this.#end(name, 'SIGTERM')))
  }

  /** The same bytes until somebody answers. */
  command(type: PublicCommandType, id: string, args: object): Promise<CommandReply> {
    const body = JSON.stringify({ v: 1, id, args })
    return this.#ask<CommandReply>(subjects.command('chaos', type), body)
  }

  async query<T>(noun: string, args: object = {}): Promise<T | undefined> {
    const body = JSON.stringify({ v: 1, args })
    const reply = await this.#ask<QueryReply>(subjects.query(noun), body)
    // The caller names the row type of the query that it asks.
    return reply.ok ? (reply.data as T) : undefined
  }

  async #ask<T extends CommandReply | QueryReply>(subject: string, body: string): Promise<T> {
    return until(
      `somebody answers ${subject} ${body}`,
      async () => {
        const message = await this.client
          .request(subject, body, { timeout: attemptMs })
          .catch(() => undefined)
        // Both ends are of one version.
        const reply = message?.json() as T | undefined
        if (reply && (reply.ok || reply.refusal.code !== 'log-unavailable')) return reply
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        return undefined
      },
      60_000,
    )
  }

  /** The end of every log, for whoever has to find out why. */
  async lastWords(): Promise<string> {
    const names = [...controllers, ...nodes, 'hardware']
    const texts = names.map(async (name) => {
      const text = await readFile(this.#logOf(name), 'utf8').catch(() => '')
      return `--- ${name}\n${text.split('\n').slice(-8).join('\n')}`
    })
    return (await Promise.all(texts)).join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.hosts.values()) await host.close()
    for (const name of [...this.#running.keys()]) await this.#end(name, 'SIGKILL')
    await this.client.close()
    await this.#nats.stop()
    await rm(this.directory, { recursive: true, force: true })
  }

  #start(name: string): void {
    const file = openSync(this.#logOf(name), 'a')
    const argv = [program, 'run', ...this.#words(name)]
    // Bound to this process: a test run that is ended itself leaves nothing behind.
    const bound = ['--pdeathsig', 'KILL', process.execPath, ...argv]
    const child = spawn('/usr/bin/setpriv', bound, { stdio: ['ignore', file, file] })
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

  async #end(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const running = this.#running.get(name)
    if (!running) return
    this.#running.delete(name)
    running.child.kill(signal)
    await running.ended
  }

  #words(name: string): string[] {
    const common = ['--nats', this.#nats.url, '--cluster', cluster, '--log-level', 'warn']
    const socket = join(this.directory, 'hardware.sock')
    if (name === 'hardware') return ['sim-hosts', '--socket', socket, '--hosts', nodes.join(',')]
    if (nodes.includes(name)) {
      return ['satellite', '--node', name, '--simulated', socket, ...common]
    }
    return ['controller', '--name', name, '--directory', join(this.directory, name), ...common]
  }

  async #connectHosts(): Promise<true | undefined> {
    const socket = join(this.directory, 'hardware.sock')
    try {
      for (const node of nodes) this.hosts.set(node, await connectSimulatedHost(socket, node))
      return true
    } catch {
      return undefined
    }
  }

  #logOf(name: string): string {
    return join(this.directory, `${name}.log`)
  }
}
