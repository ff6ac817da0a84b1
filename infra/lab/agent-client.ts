// Our side of agent.pl's frames: starts one command in a node over an open connection.
import type { Socket } from 'node:net'

export type Request = {
  argv: readonly string[]
  env?: Readonly<Record<string, string>>
  directory?: string
}

/**
 * A running command. `exited` gives its exit code (128 + signal), or fails when the node is lost. When
 * the connection is dropped, the agent kills the command's process group.
 */
export type Session = {
  exited: Promise<number>
  write: (bytes: string | Uint8Array) => void
  end: () => void
  /** Sends a signal to the command's whole process group. */
  signal: (name: string) => void
}

export type Outputs = { stdout: (bytes: Buffer) => void; stderr: (bytes: Buffer) => void }

export function startSession(socket: Socket, request: Request, outputs: Outputs): Session {
  const send = (kind: string, payload: string | Uint8Array = '') => {
    if (!socket.destroyed) socket.write(frame(kind, payload))
  }
  const exited = new Promise<number>((resolve, reject) => {
    let inbox: Buffer = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      inbox = takeFrames(Buffer.concat([inbox, bytes]), (kind, payload) => {
        if (kind === '1') outputs.stdout(payload)
        if (kind === '2') outputs.stderr(payload)
        if (kind === 'R') {
          resolve(Number(payload.toString()))
          socket.destroy()
        }
      })
    })
    socket.on('error', reject)
    socket.on('end', () => socket.destroy())
    socket.on('close', () => reject(new Error('the node went away under the command')))
  })
  for (const word of request.argv) send('A', word)
  for (const [name, value] of Object.entries(request.env ?? {})) send('E', `${name}=${value}`)
  if (request.directory !== undefined) send('W', request.directory)
  send('X')
  return {
    exited,
    write: (bytes) => {
      const all = Buffer.from(bytes)
      for (let at = 0; at < all.length; at += 65_536) send('I', all.subarray(at, at + 65_536))
    },
    end: () => send('C'),
    signal: (name) => send('K', name.replace(/^SIG/, '')),
  }
}

function frame(kind: string, payload: string | Uint8Array): Buffer {
  const body = Buffer.from(payload)
  const head = Buffer.alloc(5)
  head.write(kind)
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

/** Hands every whole frame to `take` and returns what is left of the next one. */
function takeFrames(bytes: Buffer, take: (kind: string, payload: Buffer) => void): Buffer {
  let rest = bytes
  while (rest.length >= 5) {
    const end = 5 + rest.readUInt32BE(1)
    if (rest.length < end) break
    take(rest.toString('latin1', 0, 1), rest.subarray(5, end))
    rest = rest.subarray(end)
  }
  return rest
}
