/** The operator of a story: the whole `varve` command, run within this process to save its start. */
import { connectClient } from '../../packages/cli/src/client/client.ts'
import { run } from '../../packages/cli/src/run.ts'

/** What a command printed and how it ended. */
export type Told = { readonly code: number; readonly out: string; readonly err: string }

export type Operator = (line: string) => Promise<Told>

/** Files that the operator has, as `--passphrase-file` names them. */
export type Files = Readonly<Record<string, string>>

export function operatorOf(options: {
  readonly nats: string
  readonly cluster: string
  readonly files?: Files
}): Operator {
  const common = ['--nats', options.nats, '--cluster', options.cluster, '--actor', 'alice']
  return async (line) => {
    let out = ''
    let err = ''
    const code = await run([...common, ...wordsOf(line)], {
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
      width: undefined,
      isInteractive: false,
      secrets: {
        read: async (path) => {
          const text = options.files?.[path]
          if (text === undefined) throw new Error(`the operator has no file ${path}`)
          return text
        },
        ask: undefined,
      },
      signal: new AbortController().signal,
      connect: connectClient,
    })
    return { code, out, err }
  }
}

/** Words as a shell parts them: at blanks, but not within quotes. */
export function wordsOf(line: string): string[] {
  const words = line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []
  return words.map((word) => word.replaceAll(/["']/g, ''))
}
