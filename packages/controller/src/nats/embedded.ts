/**
 * The embedded nats-server: a child process with its files in the controller's data directory.
 * It syncs every message to disk before it acknowledges, it cannot outlive its parent, and no
 * second one can be started on the same directory.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { access, constants, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsServer } from './server.ts'

export type EmbeddedOptions = {
  server: NatsServer
  /** Everything lives below it: configuration, log file, lock, the streams. */
  dataDir: string
  /** Loopback unless said otherwise. */
  host?: string
  /** 0, the default, takes a free port. */
  port?: number
  /** JetStream knows a server by its name; it must stay the same for one data directory. */
  serverName?: string
  /** More lines of nats-server configuration: accounts. */
  extra?: string
  /** The whole configuration instead of ours; `ports_file_dir` in it is `<dataDir>/ports`. */
  config?: string
  /** How long a start may take; recovering a million messages takes a third of a second. */
  startTimeoutMs?: number
}

export type EmbeddedNats = AsyncDisposable & {
  url: string
  port: number
  pid: number
  version: string
  /** The configuration that we wrote; an external server's is not known to us. */
  isSyncAlways: true
  /** Resolves when the process has ended, for whatever reason. */
  exited: Promise<string>
  /** SIGTERM, and SIGKILL when it has not ended after `timeoutMs`. */
  stop(timeoutMs?: number): Promise<void>
}

/** How long a stop may take before it is forced. */
const stopTimeoutMs = 5_000
/** A predecessor killed with its controller may need a moment to let go of the lock. */
const lockTimeoutS = 5
const lockedExitCode = 75

/**
 * Starts the server and resolves when it accepts clients. Throws an Error with the server's own
 * last words when it ends early, and when another one still runs on the same directory.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedNats> {
  const { server, dataDir, startTimeoutMs = 30_000 } = options
  const portsDir = join(dataDir, 'ports')
  await mkdir(join(dataDir, 'jetstream'), { recursive: true })
  await mkdir(portsDir, { recursive: true })
  const configFile = join(dataDir, 'nats-server.conf')
  const config = options.config ?? renderConfig(options)
  await writeFile(`${configFile}.new`, config, { mode: 0o600 })
  await rename(`${configFile}.new`, configFile)

  const argv = [...(await guards(dataDir)), server.path, '-c', configFile]
  const [command = server.path, ...args] = argv
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const life = watch(child)
  try {
    const port = await waitForPort(portsDir, child, life, Date.now() + startTimeoutMs)
    const stop = (timeoutMs = stopTimeoutMs) => stopChild(child, life.exited, timeoutMs)
    return {
      url: `nats://${options.host ?? '127.0.0.1'}:${port}`,
      port,
      pid: child.pid ?? 0,
      version: server.version,
      isSyncAlways: true,
      exited: life.exited,
      stop,
      [Symbol.asyncDispose]: () => stop(),
    }
  } catch (cause) {
    await stopChild(child, life.exited, 0)
    const words = life.lastWords() || (await tail(join(dataDir, 'nats-server.log')))
    throw new Error(`nats-server did not start in ${dataDir}: ${words}`, { cause })
  }
}

/** The configuration file. JSON strings are valid strings of nats-server's format. */
export function renderConfig(options: EmbeddedOptions): string {
  const { dataDir, host = '127.0.0.1', port = 0, serverName = 'varve', extra = '' } = options
  return `# Written by Varve at every start; edits are lost.
server_name: ${JSON.stringify(serverName)}
host: ${JSON.stringify(host)}
port: ${port === 0 ? -1 : port}
max_payload: 1MB
ports_file_dir: ${JSON.stringify(join(dataDir, 'ports'))}
log_file: ${JSON.stringify(join(dataDir, 'nats-server.log'))}
logfile_size_limit: 10MB
logfile_max_num: 3
jetstream {
  store_dir: ${JSON.stringify(join(dataDir, 'jetstream'))}
  # An acknowledged message is on the disk. The default is to sync every two minutes.
  sync_interval: always
}
${extra}`
}

/**
 * Commands of util-linux put in front of the server, each replacing itself by the next: the
 * kernel kills it when the controller dies by whatever cause, and a lock that is held as long as
 * it lives keeps a second server off the same files. Where they are missing (other systems than
 * Linux) an orderly end of the controller still stops the server.
 */
async function guards(dataDir: string): Promise<string[]> {
  const setpriv = await systemCommand('setpriv')
  const flock = await systemCommand('flock')
  const wait = ['--timeout', `${lockTimeoutS}`, '--conflict-exit-code', `${lockedExitCode}`]
  return [
    ...(setpriv ? [setpriv, '--pdeathsig', 'KILL'] : []),
    ...(flock ? [flock, '--no-fork', ...wait, join(dataDir, 'lock')] : []),
  ]
}

/** Where a command of the system is; not looked for in PATH, which is the operator's own. */
export async function systemCommand(name: string): Promise<string | undefined> {
  for (const path of [`/usr/bin/${name}`, `/bin/${name}`]) {
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}

type Life = { exited: Promise<string>; hasEnded: () => boolean; lastWords: () => string }

function watch(child: ChildProcess): Life {
  let words = ''
  let hasEnded = false
  const killIt = () => child.kill('SIGKILL')
  process.once('exit', killIt)
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2_000)
  })
  const exited = new Promise<string>((resolve) => {
    const end = (how: string) => {
      hasEnded = true
      process.off('exit', killIt)
      resolve(how)
    }
    child.once('error', (error) => {
      words += error.message
      end(error.message)
    })
    child.once('exit', (code, signal) => {
      if (code === lockedExitCode) words += 'another nats-server runs on this directory'
      end(signal ?? `exit status ${code}`)
    })
  })
  return { exited, hasEnded: () => hasEnded, lastWords: () => words.trim() }
}

/** The server writes its ports to a file named after its process id, once it listens. */
async function waitForPort(portsDir: string, child: ChildProcess, life: Life, deadline: number) {
  const prefix = child.spawnargs.find((word) => word.includes('nats-server')) ?? ''
  const file = join(portsDir, `${prefix.split('/').at(-1)}_${child.pid}.ports`)
  while (!life.hasEnded()) {
    const text = await readFile(file, 'utf8').catch(() => '')
    const port = /"(?:nats|tls):\/\/[^"]*:(\d+)"/.exec(text)?.[1]
    if (port !== undefined) {
      await rm(file, { force: true })
      return Number(port)
    }
    if (Date.now() > deadline) throw new Error('the server was not ready in time')
    await sleep(10)
  }
  throw new Error(`the server ended: ${await life.exited}`)
}

async function stopChild(child: ChildProcess, exited: Promise<string>, timeoutMs: number) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  if (timeoutMs > 0) child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  await exited
  clearTimeout(timer)
}

/** The last complaint in the server's log, else its end. */
async function tail(file: string): Promise<string> {
  const text = (await readFile(file, 'utf8').catch(() => '')).slice(-4_000)
  const complaint = [...text.matchAll(/\[(?:FTL|ERR)\] (.+)$/gm)].at(-1)?.[1]
  return (complaint ?? text.slice(-1_000)).trim()
}
