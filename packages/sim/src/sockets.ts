/** Connections between simulated machines: they end with the power and with the cable. */
import { type Duplex, duplexPair } from 'node:stream'
import type { Host, Listener } from '@varve/satellite'
import type { Machine, Shared } from './machine.ts'
import { createQueue } from './queue.ts'

type Door = { readonly machine: Machine; readonly accept: (socket: Duplex) => void }

/** By `address:port`, for each world. */
const worlds = new WeakMap<Shared, Map<string, Door>>()

function doorsOf(shared: Shared): Map<string, Door> {
  const known = worlds.get(shared) ?? new Map<string, Door>()
  worlds.set(shared, known)
  return known
}

export function simulatedNetwork(machine: Machine): Pick<Host, 'listen' | 'connect'> {
  const doors = doorsOf(machine.shared)
  return {
    listen: async (address, ports) => {
      for (const { min, max } of ports) {
        for (let port = min; port <= max; port += 1) {
          const key = `${address}:${port}`
          if (!doors.has(key)) return listenAt(machine, doors, key, port)
        }
      }
      throw new Error(`no port of ${address} is free in the range`)
    },
    connect: async (address, port) => {
      const door = doors.get(`${address}:${port}`)
      const { network } = machine.shared
      const reaches = door && network.reaches(machine.name, door.machine.name)
      if (!machine.on || !reaches || !door.machine.on) {
        throw new Error(`connect ECONNREFUSED ${address}:${port}`)
      }
      const [here, there] = duplexPair()
      tie(machine, door.machine, [here, there])
      door.accept(there)
      return here
    },
  }
}

function listenAt(machine: Machine, doors: Map<string, Door>, key: string, port: number): Listener {
  const connections = createQueue<Duplex>()
  const sockets: Duplex[] = []
  doors.set(key, {
    machine,
    accept: (socket) => {
      sockets.push(socket)
      connections.push(socket)
    },
  })
  const close = () => {
    doors.delete(key)
    machine.running.delete(close)
    connections.end()
    for (const socket of sockets) socket.destroy()
  }
  machine.running.add(close)
  return { port, connections, [Symbol.asyncDispose]: async () => close() }
}

/** What ends one side ends the other. */
function tie(one: Machine, other: Machine, sockets: readonly Duplex[]): void {
  const { network } = one.shared
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    for (const machine of [one, other]) machine.running.delete(cut)
  }
  for (const machine of [one, other]) machine.running.add(cut)
  for (const socket of sockets) {
    socket.on('error', () => undefined)
    socket.once('close', cut)
  }
  network.onChange(() => {
    const isWhole = network.reaches(one.name, other.name) && network.reaches(other.name, one.name)
    if (!isWhole) cut()
  })
}
