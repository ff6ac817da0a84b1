// The lab as a whole: its directory, its namespace, its nodes, and its end.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Door, dial, openDoor, startGate } from './gate-client.ts'
import { attachHost, execHost, type Place, spawnHost } from './host-process.ts'
import { buildNetworks } from './network.ts'
import { LabNode } from './node.ts'
import type { Finished, Running, RunOptions, SpawnOptions } from './running.ts'
import { labSupport } from './support.ts'
import { labDirectoryPrefix, sweep, sweepStale } from './sweep.ts'

export type LabOptions = {
  /** Default 3; they are named n1, n2, … */
  nodes?: number
  /** Blank disks of each node, default 1, of `diskMib`, default 1024. Sparse: they cost what is written. */
  disksPerNode?: number
  diskMib?: number
  /** A ceiling, not a reservation; default 256. */
  memoryMib?: number
  /** Run udev in the nodes, as on a real machine; default true. Without it boot is a second faster. */
  udev?: boolean
  /** Where the lab makes its own directory; default the system's directory for temporary files. */
  directory?: string
}

export class Lab implements AsyncDisposable {
  readonly directory: string
  readonly nodes: readonly LabNode[]
  readonly #gate: ChildProcess
  readonly #place: Place
  readonly #doors: Door[] = []
  readonly #atExit = () => sweep(this.directory)

  private constructor(directory: string, gate: ChildProcess, options: LabOptions) {
    this.directory = directory
    this.#gate = gate
    this.#place = { directory, gatePid: gate.pid ?? 0 }
    const count = options.nodes ?? 3
    this.nodes = Array.from({ length: count }, (_, at) => {
      return new LabNode({
        place: this.#place,
        name: `n${at + 1}`,
        index: at + 1,
        count,
        memoryMib: options.memoryMib ?? 256,
        udev: options.udev ?? true,
      })
    })
    process.on('exit', this.#atExit)
  }

  /** Boots a lab, all nodes at once. Fails with the console of a node that does not come up. */
  static async start(options: LabOptions = {}): Promise<Lab> {
    const support = labSupport()
    if (!support.ok) throw new Error(`no lab here: ${support.reason}`)
    const parent = options.directory ?? tmpdir()
    sweepStale(parent)
    const directory = mkdtempSync(join(parent, labDirectoryPrefix()))
    const gate = await startGate(directory)
    const lab = new Lab(directory, gate, options)
    try {
      await buildNetworks(lab.#place.gatePid, lab.nodes.length)
      await allOrFirstFailure(lab.nodes.map((node) => bootFirst(node, options)))
    } catch (error) {
      await lab[Symbol.asyncDispose]()
      throw error
    }
    return lab
  }

  /** The node named e.g. `n1`. */
  node(name: string): LabNode {
    const found = this.nodes.find((node) => node.name === name)
    if (found === undefined) throw new Error(`no node ${name} in this lab`)
    return found
  }

  /** Runs a program of the host inside the lab's network, e.g. the CLI. The nodes call it 10.9.0.254. */
  exec(command: string | readonly string[], options: RunOptions = {}): Promise<Finished> {
    return execHost(this.#place, command, options)
  }

  /** Starts a host process inside the lab's network, e.g. nats-server or the controller. */
  spawnHost(command: string | readonly string[], options: SpawnOptions = {}): Running {
    return spawnHost(this.#place, command, options)
  }

  /** Runs a host program, e.g. a shell, inside the lab's network on our own terminal. */
  attach(
    command: string | readonly string[],
    options: Pick<RunOptions, 'env' | 'directory'> = {},
  ): Promise<number> {
    return attachHost(this.#place, command, options)
  }

  /** A TCP connection from the test into the lab. */
  connect(host: string, port: number): Promise<Socket> {
    return dial(this.directory, host, port)
  }

  /** A loopback port of this machine that leads to `host`:`port` in the lab: for clients in the test. */
  async expose(host: string, port: number): Promise<{ host: string; port: number }> {
    const door = await openDoor(this.directory, host, port)
    this.#doors.push(door)
    return { host: door.host, port: door.port }
  }

  /** Copies every log of the nodes and of the host processes into `directory`, e.g. after a failure. */
  async collectLogs(directory: string): Promise<void> {
    const host = join(this.directory, 'host')
    if (existsSync(host)) cpSync(host, join(directory, 'host'), { recursive: true })
    await Promise.all(this.nodes.map((node) => node.collectLogs(directory)))
  }

  /** Ends the lab: afterwards no process, no namespace and no file of it is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const door of this.#doors) door.close()
    const gone = once(this.#gate, 'exit')
    if (this.#gate.exitCode === null && this.#gate.signalCode === null) {
      this.#gate.stdin?.end()
      await gone
    }
    sweep(this.directory) // in case the gate was killed before it could
    process.off('exit', this.#atExit)
  }
}

async function bootFirst(node: LabNode, options: LabOptions): Promise<void> {
  for (let disk = 0; disk < (options.disksPerNode ?? 1); disk++) {
    await node.addDisk(options.diskMib ?? 1024)
  }
  await node.start()
}

/** Waits for all, so that none still boots while the lab is taken down. */
async function allOrFirstFailure(boots: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(boots)) {
    if (result.status === 'rejected') throw result.reason
  }
}
