/** Where passphrases come from: a file, standard input or the terminal; never the command line. */
import { readFile } from 'node:fs/promises'
import type { ReadStream } from 'node:tty'

export type SecretSource = {
  /** Text of a file; `-` is standard input. */
  readonly read: (path: string) => Promise<string>
  /** Asks without showing what is typed; undefined: there is no terminal to ask on. */
  readonly ask: ((question: string) => Promise<string>) | undefined
}

export function processSecrets(): SecretSource {
  const { stdin, stderr } = process
  return {
    read: (path) => (path === '-' ? readAll(stdin) : readFile(path, 'utf8')),
    ask: stdin.isTTY
      ? (question) => askHidden(stdin, (text) => void stderr.write(text), question)
      : undefined,
  }
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8')
}

const keys = { interrupt: '\u0003', end: '\u0004', backspace: '\u007f', erase: '\b' } as const

/** Raw mode: the terminal neither shows the letters nor keeps them in its line. */
function askHidden(
  terminal: ReadStream,
  print: (text: string) => void,
  question: string,
): Promise<string> {
  print(question)
  terminal.setRawMode(true)
  terminal.resume()
  return new Promise((resolve, reject) => {
    let typed = ''
    const end = () => {
      terminal.off('data', take)
      terminal.setRawMode(false)
      terminal.pause()
      print('\n')
    }
    const take = (bytes: Buffer) => {
      for (const letter of bytes.toString('utf8')) {
        if (letter === '\r' || letter === '\n' || letter === keys.end) {
          end()
          resolve(typed)
          return
        }
        if (letter === keys.interrupt) {
          end()
          reject(new Error('Interrupted; nothing was sent.'))
          return
        }
        typed =
          letter === keys.backspace || letter === keys.erase ? typed.slice(0, -1) : typed + letter
      }
    }
    terminal.on('data', take)
  })
}
