/**
 * The hardware in a process of its own: satellites and the demo reach it through a unix socket, so
 * killing a satellite does not kill its machine. State is in memory only.
 */
import { rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import type { KernelChange, RunOptions } from '@varve/satellite'
import type { HostOptions } from './create-machine.ts'
import type { Fault } from './faults.ts'
import { isRecord, onMessages, send } from './wire.ts'
import type { SimHost, World } from './world.ts'

export type ServedWorld = AsyncDisposable & {
  readonly socketPath: string
  /** Ends all connections and removes the socket. */
  readonly stop: () => Promise<void>
}

/** Listens on a unix socket; a stale socket file of an earlier process is replaced. */
export async function serveWorld(world: World, socketPath: string): Promise<ServedWorld> {
  const sockets = new Set<Socket>()
  await rm(socketPath, { force: true })
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serveConnection(world, socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
    await rm(socketPath, { force: true })
  }
  return { socketPath, stop, [Symbol.asyncDispose]: stop }
}

function serveConnection(world: World, socket: Socket): void {
  const running = new Map<number, AbortController>()
  socket.on('error', () => socket.destroy())
  // Whoever is gone no longer listens; commands that run go on, as they would.
  socket.on('close', () => {
    for (const each of running.values()) each.abort()
  })
  onMessages(socket, (message) => {
    const { id, verb, host, args } = message
    if (typeof id !== 'number' || typeof verb !== 'string' || !Array.isArray(args)) return
    if (verb === 'abort') {
      running.get(id)?.abort()
      return
    }
    const name = typeof host === 'string' ? host : undefined
    answer({ world, socket, running, id, verb, name, args }).catch((error: unknown) =>
      send(socket, { id, error: error instanceof Error ? error.message : String(error) }),
    )
  })
}

type Asked = {
  readonly world: World
  readonly socket: Socket
  readonly running: Map<number, AbortController>
  readonly id: number
  readonly verb: string
  readonly name: string | undefined
  readonly args: readonly unknown[]
}

async function answer(asked: Asked): Promise<void> {
  const { world, socket, running, id, verb, name, args } = asked
  if (name === undefined) {
    const act = worldVerbs[verb]
    if (!act) throw new Error(`no verb ${verb}`)
    send(socket, { id, result: act(world, args) })
    return
  }
  const host = world.host(name)
  const abort = new AbortController()
  running.set(id, abort)
  try {
    if (verb === 'follow') await follow(socket, id, host, words(args[0]), abort.signal)
    else if (verb === 'run') {
      const options = { ...runOptions(args[1]), signal: abort.signal }
      send(socket, { id, result: await host.host.run(words(args[0]), options) })
    } else {
      const act = hostVerbs[verb]
      if (!act) throw new Error(`no verb ${verb}`)
      send(socket, { id, result: await act(host, args) })
    }
  } finally {
    running.delete(id)
  }
}

async function follow(
  socket: Socket,
  id: number,
  host: SimHost,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await using process = host.host.follow(argv, signal)
  for await (const line of process.lines) send(socket, { id, line })
  send(socket, { id, ended: true })
}

const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new Error(`text expected, not ${JSON.stringify(value)}`)
  return value
}
const number = (value: unknown): number => {
  if (typeof value !== 'number') throw new Error(`number expected, not ${JSON.stringify(value)}`)
  return value
}
const words = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : [])
const maybe = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined
const volume = (value: unknown): number => (typeof value === 'number' ? value : 0)

function runOptions(value: unknown): RunOptions {
  if (!isRecord(value)) return {}
  return {
    ...(typeof value.stdin === 'string' ? { stdin: value.stdin } : {}),
    ...(typeof value.timeoutMs === 'number' ? { timeoutMs: value.timeoutMs } : {}),
  }
}

type HostVerb = (host: SimHost, args: readonly unknown[]) => unknown

const hostVerbs: Readonly<Record<string, HostVerb>> = {
  uname: ({ host }) => host.uname,
  readFile: ({ host }, [path]) => host.readFile(text(path)),
  writeFile: ({ host }, [path, body]) => host.writeFile(text(path), text(body)),
  fingerprint: ({ host }, [path]) => host.fingerprint(text(path)),
  placeFile: ({ host }, [path, content]) => host.placeFile(text(path), text(content)),
  removeFile: ({ host }, [path]) => host.removeFile(text(path)),
  list: ({ host }, [path]) => host.list(text(path)),
  exists: ({ host }, [path]) => host.exists(text(path)),
  resolve: ({ host }, [path]) => host.resolve(text(path)),
  claim: ({ host }, [path]) => host.claim(text(path)),
  // Both ends are of one version: a change is sent as it is typed.
  changeKernel: ({ host }, [change]) => host.changeKernel(change as KernelChange),
  crash: (host) => host.crash(),
  boot: (host) => host.boot(),
  failDisk: (host, [disk]) => host.failDisk(text(disk)),
  repairDisk: (host, [disk]) => host.repairDisk(text(disk)),
  fillPool: (host, [group, pool, percent]) =>
    host.fillPool(text(group), text(pool), number(percent)),
  open: (host, [resource]) => host.open(text(resource)),
  close: (host, [resource]) => host.close(text(resource)),
  write: (host, [resource, block, value, number_]) =>
    host.write(text(resource), number(block), text(value), volume(number_)),
  contents: (host, [resource, number_]) => host.contents(text(resource), volume(number_)),
  replica: (host, [resource, number_]) => host.replica(text(resource), volume(number_)),
  // Both ends are of one version: a fault is sent as it is typed.
  fault: (host, [fault]) => void host.fault(fault as Fault),
  clearFaults: (host) => host.machine.faults.clear(),
  spawned: (host) => host.spawned(),
  resetSpawned: (host) => host.resetSpawned(),
  isOn: (host) => host.machine.on,
}

type WorldVerb = (world: World, args: readonly unknown[]) => unknown

const worldVerbs: Readonly<Record<string, WorldVerb>> = {
  // Both ends are of one version: options are sent as they are typed.
  addHost: (world, [options]) => void world.addHost(options as HostOptions),
  hosts: (world) => [...world.hosts.keys()],
  cut: (world, [a, b]) => world.network.cut(text(a), maybe(b)),
  cutOneWay: (world, [from, to]) => world.network.cutOneWay(text(from), text(to)),
  heal: (world, [a, b]) => world.network.heal(maybe(a), maybe(b)),
  unknown: (world) => [...world.unknown],
}
