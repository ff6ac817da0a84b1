/** Child processes of a demo: started with a log file each, waited for, and surely ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, openSync, writeSync } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { styleText } from 'node:util'

export const cliPath = 'packages/cli/src/main.ts'

const waitMs = 60_000
const pauseMs = 100

type Row = Readonly<Record<string, unknown>>

/** The kernel ends a child when we are killed; other systems than Linux lack the command. */
function bound(): string[] {
  const setpriv = '/usr/bin/setpriv'
  try {
    accessSync(setpriv, constants.X_OK)
    return [setpriv, '--pdeathsig', 'TERM']
  } catch {
    return []
  }
}

export class Processes implements AsyncDisposable {
  readonly #directory: string
  readonly #signal: AbortSignal
  readonly #children = new Map<string, { child: ChildProcess; ended: Promise<void> }>()
  /** For an end without disposal: a second Ctrl-C, a fault of ours. */
  readonly #killAll = () => {
    for (const { child } of this.#children.values()) child.kill('SIGKILL')
  }

  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory
    this.#signal = signal
    process.once('exit', this.#killAll)
  }

  /** Starts `node argv…` in a session of its own, so that a Ctrl-C reaches only us. */
  start(name: string, argv: readonly string[]): void {
    const file = openSync(this.#logOf(name), 'a')
    const [command = '', ...args] = [...bound(), process.execPath, ...argv]
    const child = spawn(command, args, { stdio: ['ignore', file, file], detached: true })
    const ended = new Promise<void>((resolve) => {
      child.once('exit', (code, signal) => {
        writeSync(file, `ended: ${signal ?? code}\n`)
        resolve()
      })
    })
    this.#children.set(name, { child, ended })
  }

  /** SIGKILL: what a crash looks like. */
  async kill(name: string): Promise<void> {
    const found = this.#children.get(name)
    found?.child.kill('SIGKILL')
    await found?.ended
    this.#children.delete(name)
  }

  /** Shows a CLI command as a person would type it, and what it says. */
  async play(url: string, args: readonly string[], expected = [0]): Promise<void> {
    process.stdout.write(`${styleText('cyan', `$ varve ${args.join(' ')}`)}\n`)
    const code = await this.#cli(url, args, 'inherit')
    if (!expected.includes(code))
      throw new Error(`varve ${args.join(' ')} ended with exit code ${code}`)
  }

  /** Asks until the rows of a list (as JSON) are as wanted. */
  async untilTrue(
    url: string,
    what: string,
    args: readonly string[],
    check: (rows: readonly Row[]) => boolean,
  ): Promise<void> {
    await this.#until(what, async () => {
      const texts: string[] = []
      const code = await this.#cli(url, [...args, '--output', 'json'], texts)
      if (code !== 0) return false
      const data: unknown = JSON.parse(texts.join(''))
      const rows = Array.isArray(data) ? data : (data as { rows?: Row[] }).rows
      return rows !== undefined && check(rows)
    })
  }

  async untilFile(path: string): Promise<void> {
    await this.#until(`${path} is there`, () =>
      access(path).then(
        () => true,
        () => false,
      ),
    )
  }

  /** The end of every log, for whoever has to find out why. */
  async lastWords(): Promise<string> {
    const texts: string[] = []
    for (const name of this.#children.keys()) {
      const text = await readFile(this.#logOf(name), 'utf8').catch(() => '')
      texts.push(`--- ${name}\n${text.split('\n').slice(-12).join('\n')}\n`)
    }
    return texts.join('')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Satellites first, hardware and the controller with its server last.
    for (const [name, { child, ended }] of [...this.#children].reverse()) {
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(force)
      this.#children.delete(name)
    }
    process.off('exit', this.#killAll)
  }

  #logOf(name: string): string {
    return join(this.#directory, `${name.replaceAll(' ', '-')}.log`)
  }

  async #until(what: string, check: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + waitMs
    while (!(await check())) {
      if (this.#signal.aborted) throw new Error('interrupted')
      this.#demandAll()
      if (performance.now() > deadline) throw new Error(`waited a minute in vain until ${what}`)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  /** Nobody waits a minute for what a dead process was to do. */
  #demandAll(): void {
    for (const [name, { child }] of this.#children) {
      if (child.exitCode === null && child.signalCode === null) continue
      throw new Error(`${name} has ended too early; its last words are above`)
    }
  }

  async #cli(url: string, args: readonly string[], output: 'inherit' | string[]): Promise<number> {
    if (this.#signal.aborted) throw new Error('interrupted')
    const child = spawn(process.execPath, [cliPath, ...args], {
      stdio: [
        'ignore',
        output === 'inherit' ? 'inherit' : 'pipe',
        output === 'inherit' ? 'inherit' : 'ignore',
      ],
      env: { ...process.env, VARVE_NATS: url, NODE_NO_WARNINGS: '1' },
    })
    const end = () => child.kill('SIGINT')
    this.#signal.addEventListener('abort', end, { once: true })
    if (Array.isArray(output)) child.stdout?.on('data', (chunk) => output.push(String(chunk)))
    const code = await new Promise<number>((resolve) => {
      child.once('close', (status) => resolve(status ?? 130))
    })
    this.#signal.removeEventListener('abort', end)
    return code
  }
}
