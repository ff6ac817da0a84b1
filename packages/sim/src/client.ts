/** The other end of serve.ts: a Host for a satellite, and the verbs that break things for a demo. */
import { createConnection, type Socket } from 'node:net'
import type { CommandResult, FollowedProcess, Host } from '@varve/satellite'
import type { HostOptions } from './create-machine.ts'
import type { Fault } from './faults.ts'
import { createQueue, type Queue } from './queue.ts'
import { onMessages, send } from './wire.ts'

/** A simulated machine in another process; closing it leaves the machine as it is. */
export type RemoteHost = Host & AsyncDisposable & { readonly close: () => Promise<void> }

type Line = {
  readonly ask: (
    host: string | undefined,
    verb: string,
    args: readonly unknown[],
    signal?: AbortSignal,
  ) => Promise<unknown>
  readonly stream: (
    host: string,
    verb: string,
    args: readonly unknown[],
    signal: AbortSignal,
  ) => Queue<string> & { readonly stop: () => void }
  readonly close: () => Promise<void>
}

class Gone extends Error {}

async function connect(socketPath: string): Promise<Line> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opening = createConnection(socketPath, () => resolve(opening))
    opening.once('error', reject)
  })
  let next = 1
  const waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >()
  const streams = new Map<number, Queue<string>>()
  const gone = () => {
    for (const each of waiting.values()) each.reject(new Gone('the simulated hardware is gone'))
    for (const each of streams.values()) each.end()
    waiting.clear()
    streams.clear()
  }
  socket.on('error', () => socket.destroy())
  socket.on('close', gone)
  onMessages(socket, (message) => {
    const id = Number(message.id)
    if (typeof message.line === 'string') streams.get(id)?.push(message.line)
    else if (message.ended === true || (typeof message.error === 'string' && streams.has(id))) {
      streams.get(id)?.end()
      streams.delete(id)
    } else if (typeof message.error === 'string') waiting.get(id)?.reject(new Error(message.error))
    else waiting.get(id)?.resolve(message.result)
    waiting.delete(id)
  })
  const request = (host: string | undefined, verb: string, args: readonly unknown[]) => {
    const id = next++
    send(socket, { id, verb, args, ...(host === undefined ? {} : { host }) })
    return id
  }
  const abort = (id: number) => send(socket, { id, verb: 'abort', args: [] })
  return {
    ask: (host, verb, args, signal) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Gone('the simulated hardware is gone'))
        const id = request(host, verb, args)
        waiting.set(id, { resolve, reject })
        signal?.addEventListener('abort', () => abort(id), { once: true })
      }),
    stream: (host, verb, args, signal) => {
      const queue = createQueue<string>()
      const id = request(host, verb, args)
      streams.set(id, queue)
      const stop = () => {
        abort(id)
        queue.end()
      }
      if (socket.destroyed || signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
      return { ...queue, [Symbol.asyncIterator]: queue[Symbol.asyncIterator], stop }
    },
    close: () =>
      new Promise((resolve) => {
        if (socket.destroyed) return resolve()
        socket.once('close', () => resolve())
        socket.destroy()
      }),
  }
}

/** A Host for a satellite process. A broken connection is a machine that cannot start anything. */
export async function connectSimulatedHost(socketPath: string, name: string): Promise<RemoteHost> {
  const line = await connect(socketPath)
  const ask = (verb: string, ...args: readonly unknown[]) => line.ask(name, verb, args)
  const uname = String(await ask('uname'))
  return {
    uname,
    run: async (argv, { signal, ...rest } = {}) => {
      try {
        // The other end is of the same version and answers with a CommandResult.
        return (await line.ask(name, 'run', [argv, rest], signal)) as CommandResult
      } catch (error) {
        if (!(error instanceof Gone)) throw error
        return { argv, stdout: '', stderr: '', timedOut: false, problem: 'not-startable' }
      }
    },
    follow: (argv, signal): FollowedProcess => {
      const lines = line.stream(name, 'follow', [argv], signal)
      return { lines, [Symbol.asyncDispose]: async () => lines.stop() }
    },
    readFile: async (path) => optionalText(await ask('readFile', path)),
    writeFile: async (path, body) => void (await ask('writeFile', path, body)),
    fingerprint: async (path) => optionalText(await ask('fingerprint', path)),
    placeFile: async (path, content) => void (await ask('placeFile', path, content)),
    removeFile: async (path) => void (await ask('removeFile', path)),
    list: async (directory) => list(await ask('list', directory)),
    exists: async (path) => (await ask('exists', path)) === true,
    resolve: async (path) => optionalText(await ask('resolve', path)),
    claim: async (path) => void (await ask('claim', path)),
    changeKernel: async (change) => void (await ask('changeKernel', change)),
    openBlocks: () => Promise.reject(new Error(noStreams)),
    pipe: (argv) => ({
      output: createQueue<Uint8Array>(),
      ended: Promise.resolve({ argv, stdout: '', stderr: noStreams, exitCode: 1, timedOut: false }),
    }),
    listen: () => Promise.reject(new Error(noStreams)),
    connect: () => Promise.reject(new Error(noStreams)),
    close: line.close,
    [Symbol.asyncDispose]: line.close,
  }
}

const noStreams = 'simulated hardware in another process sends and receives no snapshots'

const optionalText = (value: unknown) => (typeof value === 'string' ? value : undefined)
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** What a person does to machines and cables in the demo. */
export type WorldControl = AsyncDisposable & {
  readonly addHost: (options: HostOptions) => Promise<void>
  readonly hosts: () => Promise<string[]>
  readonly cut: (a: string, b?: string) => Promise<void>
  readonly heal: (a?: string, b?: string) => Promise<void>
  readonly crash: (host: string) => Promise<void>
  readonly boot: (host: string) => Promise<void>
  readonly failDisk: (host: string, disk: string) => Promise<void>
  readonly repairDisk: (host: string, disk: string) => Promise<void>
  readonly fillPool: (host: string, group: string, pool: string, percent: number) => Promise<void>
  /** Undefined when it is open; else the kernel's words. */
  readonly open: (host: string, resource: string) => Promise<string | undefined>
  readonly closeDevice: (host: string, resource: string) => Promise<void>
  readonly write: (
    host: string,
    resource: string,
    block: number,
    value: string,
    volume?: number,
  ) => Promise<string | undefined>
  readonly contents: (
    host: string,
    resource: string,
    volume?: number,
  ) => Promise<string | undefined>
  readonly fault: (host: string, fault: Fault) => Promise<void>
  readonly clearFaults: (host: string) => Promise<void>
  /** `drbdsetup status` of a host. */
  readonly status: (host: string) => Promise<string>
  readonly unknown: () => Promise<string[]>
  readonly close: () => Promise<void>
}

export async function connectWorldControl(socketPath: string): Promise<WorldControl> {
  const line = await connect(socketPath)
  const tell = async (host: string | undefined, verb: string, ...args: readonly unknown[]) =>
    void (await line.ask(host, verb, args))
  return {
    addHost: (options) => tell(undefined, 'addHost', options),
    hosts: async () => list(await line.ask(undefined, 'hosts', [])),
    cut: (a, b) => tell(undefined, 'cut', a, b),
    heal: (a, b) => tell(undefined, 'heal', a, b),
    crash: (host) => tell(host, 'crash'),
    boot: (host) => tell(host, 'boot'),
    failDisk: (host, disk) => tell(host, 'failDisk', disk),
    repairDisk: (host, disk) => tell(host, 'repairDisk', disk),
    fillPool: (host, group, pool, percent) => tell(host, 'fillPool', group, pool, percent),
    open: async (host, resource) => optionalText(await line.ask(host, 'open', [resource])),
    closeDevice: (host, resource) => tell(host, 'close', resource),
    write: async (host, ...args) => optionalText(await line.ask(host, 'write', args)),
    contents: async (host, ...args) => optionalText(await line.ask(host, 'contents', args)),
    fault: (host, fault) => tell(host, 'fault', fault),
    clearFaults: (host) => tell(host, 'clearFaults'),
    status: async (host) => {
      // The other end answers `run` with a CommandResult.
      const result = (await line.ask(host, 'run', [['drbdsetup', 'status'], {}])) as CommandResult
      return result.stdout
    },
    unknown: async () => list(await line.ask(undefined, 'unknown', [])),
    close: line.close,
    [Symbol.asyncDispose]: line.close,
  }
}
