// The outer side of the gate: starts it, opens connections through it, and offers them as local ports.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { mark } from './sweep.ts'

/** Starts the gate of the lab in `directory` in a new network namespace; the lab lives as long. */
export async function startGate(directory: string): Promise<ChildProcess> {
  const gate = spawn(
    'unshare',
    ['--net', '--', process.execPath, join(import.meta.dirname, 'gate.ts'), directory],
    {
      // Its own session: a Ctrl-C or the kill of the test's group must not end it before it has swept.
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, [mark]: directory },
    },
  )
  const failed = once(gate, 'exit').then(([code]) => {
    throw new Error(`the lab's gate did not start (exit ${code}): is network namespacing allowed?`)
  })
  await Promise.race([once(gate.stdout, 'data'), failed])
  failed.catch(() => undefined) // from here on its exit is the lab's end
  return gate
}

/**
 * A TCP connection to `host`:`port` as seen from inside the lab. Fails when nobody listens there, or
 * when `signal` says so; the signal also ends the connection later.
 */
export async function dial(
  directory: string,
  host: string,
  port: number,
  signal?: AbortSignal,
): Promise<Socket> {
  signal?.throwIfAborted()
  const socket = connect({ path: join(directory, 'gate.sock'), allowHalfOpen: true })
  if (signal !== undefined) addAbortSignal(signal, socket)
  await once(socket, 'connect')
  socket.write(`${host} ${port}\n`)
  const answer = await firstLine(socket)
  if (answer === 'open') return socket
  socket.destroy()
  throw new Error(`cannot reach ${host}:${port} in the lab: ${answer || 'the gate is closed'}`)
}

async function firstLine(socket: Socket): Promise<string> {
  let text = Buffer.alloc(0)
  while (!text.includes(10)) {
    await Promise.race([once(socket, 'readable'), once(socket, 'end')])
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return ''
    text = Buffer.concat([text, chunk])
  }
  const end = text.indexOf(10)
  if (end + 1 < text.length) socket.unshift(text.subarray(end + 1))
  return text.subarray(0, end).toString()
}

export type Door = { host: string; port: number; close: () => void }

/** A port on this machine's loopback that leads to `host`:`port` in the lab. */
export async function openDoor(directory: string, host: string, port: number): Promise<Door> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    open.add(near)
    near.on('error', () => near.destroy())
    near.on('close', () => open.delete(near))
    dial(directory, host, port).then(
      (far) => {
        far.on('error', () => near.destroy())
        far.on('close', () => near.destroy())
        near.on('close', () => far.destroy())
        near.pipe(far).pipe(near)
      },
      () => near.destroy(),
    )
  })
  server.unref()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port for the door')
  const close = () => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  return { host: '127.0.0.1', port: address.port, close }
}
