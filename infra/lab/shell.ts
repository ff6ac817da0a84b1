// Commands, files and daemons in a running node, through the agent in it.
import { join } from 'node:path'
import { type Outputs, type Session, startSession } from './agent-client.ts'
import { dial } from './gate-client.ts'
import { networks } from './network.ts'
import {
  argvOf,
  type Finished,
  judge,
  nameOf,
  type Running,
  type RunOptions,
  running,
  type SpawnOptions,
} from './running.ts'
import { directoryOf, type Machine } from './uml.ts'

const agentPort = 2222

export class NodeShell {
  protected readonly machine: Machine
  /** Aborted, with the reason, when this boot's life ends: every command ends with it. */
  protected life: AbortController = new AbortController()

  constructor(machine: Machine) {
    this.machine = machine
    this.life.abort(new Error(`${machine.name} is not running`))
  }

  /** Runs a command to its end. A string is a bash script that ends at the first failing command. */
  async run(command: string | readonly string[], options: RunOptions = {}): Promise<Finished> {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    const timeoutMs = options.timeoutMs ?? 60_000
    const late = new Error(`${this.machine.name}: not done after ${timeoutMs} ms: ${command}`)
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(late), timeoutMs)
    const outputs = {
      stdout: (bytes: Buffer) => stdout.push(bytes),
      stderr: (bytes: Buffer) => stderr.push(bytes),
    }
    const exitCode = await this.#open(command, options, outputs, deadline.signal)
      .then((session) => {
        if (options.stdin !== undefined) session.write(options.stdin)
        session.end()
        return session.exited
      })
      .finally(() => clearTimeout(timer))
    const result = {
      exitCode,
      stdout: Buffer.concat(stdout).toString(),
      stderr: Buffer.concat(stderr).toString(),
    }
    if (options.check ?? true) judge(this.machine.name, command, result)
    return result
  }

  /** Starts a daemon; it ends with its node, with stop(), or with the lab. */
  async spawn(command: string | readonly string[], options: SpawnOptions = {}): Promise<Running> {
    const name = nameOf(command, options)
    const early: Buffer[] = []
    let tell = (bytes: Buffer): void => void early.push(bytes)
    const said = (bytes: Buffer) => tell(bytes)
    const session = await this.#open(command, options, { stdout: said, stderr: said })
    session.end()
    return running(name, join(directoryOf(this.machine), 'logs', `${name}.log`), (onOutput) => {
      for (const bytes of early) onOutput(bytes)
      tell = onOutput
      return { exited: session.exited, signal: session.signal }
    })
  }

  async readFile(path: string): Promise<string> {
    return (await this.run(['cat', path])).stdout
  }

  /** Writes a file durably: a file written just before a power loss would be gone otherwise. */
  async writeFile(path: string, content: string | Uint8Array): Promise<void> {
    const script = 'mkdir -p "$(dirname "$0")"; cat >"$0"; sync "$0" "$(dirname "$0")"'
    await this.run([...argvOf(script), path], { stdin: content })
  }

  async #open(
    command: string | readonly string[],
    options: RunOptions,
    outputs: Outputs,
    deadline?: AbortSignal,
  ): Promise<Session> {
    const reasons = [this.life.signal, ...(deadline ? [deadline] : [])]
    const signal = AbortSignal.any(reasons)
    const explain = (error: unknown): never => {
      throw signal.aborted ? signal.reason : error
    }
    const address = `${networks.control.subnet}.${this.machine.index}`
    const { directory } = this.machine.place
    const socket = await dial(directory, address, agentPort, signal).catch(explain)
    const session = startSession(socket, { ...options, argv: argvOf(command) }, outputs)
    const exited = session.exited.catch(explain)
    exited.catch(() => undefined) // whoever awaits it hears of it; a daemon nobody awaits may be lost
    return { ...session, exited }
  }
}
