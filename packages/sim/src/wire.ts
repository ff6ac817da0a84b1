/** Lines of JSON between simulated hardware and those who use it, in both directions. */
import type { Socket } from 'node:net'

export type Request = {
  readonly id: number
  readonly verb: string
  /** Absent for verbs of the whole world. */
  readonly host?: string
  readonly args: readonly unknown[]
}

export type Reply =
  | { readonly id: number; readonly result?: unknown }
  | { readonly id: number; readonly error: string }
  /** One line of a followed process. */
  | { readonly id: number; readonly line: string }
  | { readonly id: number; readonly ended: true }

export const send = (socket: Socket, message: Request | Reply): void => {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
}

/** Calls `take` for each whole line; text is parsed, both ends are of one version. */
export function onMessages(socket: Socket, take: (message: Record<string, unknown>) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const message: unknown = JSON.parse(line)
      if (isRecord(message)) take(message)
    }
  })
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
