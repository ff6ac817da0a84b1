/** Connections of the real Host: plain TCP; what goes through them protects itself. */
import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Host, Listener, PortRange } from './host.ts'

/** A peer that is gone without a word is noticed after some minutes of silence. */
const keepAliveMs = 30_000

export const realNetwork: Pick<Host, 'listen' | 'connect'> = { listen, connect }

async function listen(address: string, ports: readonly PortRange[]): Promise<Listener> {
  let last: unknown
  for (const { min, max } of ports) {
    for (let port = min; port <= max; port += 1) {
      const server = createServer({ keepAlive: true, keepAliveInitialDelay: keepAliveMs })
      try {
        server.listen(port, address)
        await once(server, 'listening')
        return listenerOf(server, port)
      } catch (error) {
        last = error
        // Only a port that somebody has is worth another one.
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      }
    }
  }
  throw new Error(`no port of ${address} is free in the range`, { cause: last })
}

function listenerOf(server: Server, port: number): Listener {
  const sockets = new Set<Socket>()
  const waiting: Duplex[] = []
  let ring = Promise.withResolvers<void>()
  let isOpen = true
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // Until somebody reads from it nobody else listens to its errors.
    socket.on('error', () => undefined)
    waiting.push(socket)
    ring.resolve()
  })
  async function* connections(): AsyncGenerator<Duplex> {
    while (isOpen) {
      const next = waiting.shift()
      if (next) yield next
      else {
        await ring.promise
        ring = Promise.withResolvers()
      }
    }
  }
  return {
    port,
    connections: connections(),
    [Symbol.asyncDispose]: async () => {
      isOpen = false
      ring.resolve()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function connect(address: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const socket = createConnection({ host: address, port, keepAlive: true, signal })
  socket.setKeepAlive(true, keepAliveMs)
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  return socket
}
