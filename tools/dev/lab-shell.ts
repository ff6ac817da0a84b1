/**
 * The words of the operator's shell: `varve`, one word per node, and `lab`. Those that act on the
 * lab are small programs that ask us over a unix socket, because only we hold the nodes.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { LabNode } from '../../infra/lab/index.ts'
import { type LabCluster, natsUrl, varve } from '../../test/lab/cluster.ts'

export type Shell = AsyncDisposable & {
  readonly rcFile: string
  readonly env: Readonly<Record<string, string>>
}

/** What a word program sends and what it gets; one JSON text each way. */
export type WordRequest = { readonly words: readonly string[] }
export type WordReply = {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Somebody's patience with a command in a node. */
const commandMs = 30 * 60_000

export async function makeShell(cluster: LabCluster): Promise<Shell> {
  const { lab } = cluster
  const bin = join(lab.directory, 'bin')
  mkdirSync(bin)
  writeScript(join(bin, 'varve'), varve())
  const client = join(import.meta.dirname, 'lab-word.ts')
  const socket = join(lab.directory, 'words.sock')
  for (const { name } of lab.nodes) writeScript(join(bin, name), ['node', client, socket, name])
  writeScript(join(bin, 'lab'), ['node', client, socket, 'lab'])
  const rcFile = join(lab.directory, 'bashrc')
  writeFileSync(rcFile, rcText(bin))
  const server = await listen(socket, cluster)
  return {
    rcFile,
    env: { VARVE_NATS: natsUrl, PATH: pathWith(bin) },
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}

function pathWith(bin: string): string {
  const tools = join(import.meta.dirname, '../../node_modules/.bin')
  return [bin, tools, process.env.PATH ?? ''].join(delimiter)
}

/** The user's own bashrc first, then what makes this shell ours. */
function rcText(bin: string): string {
  return `[ -r ~/.bashrc ] && . ~/.bashrc
PATH=${quoted(bin)}:$PATH
PS1='lab \\w \\$ '
eval "$(varve completion 2>/dev/null)"
`
}

function writeScript(path: string, argv: readonly string[]): void {
  writeFileSync(path, `#!/bin/sh\nexec ${argv.map(quoted).join(' ')} "$@"\n`)
  chmodSync(path, 0o755)
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

async function listen(path: string, cluster: LabCluster): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    void answer(socket, cluster)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return server
}

async function answer(socket: Socket, cluster: LabCluster): Promise<void> {
  try {
    // Sent by our own lab-word.ts, on a socket in a directory that is ours alone.
    const { words } = (await json(socket)) as WordRequest
    socket.end(JSON.stringify(await obey(words, cluster)))
  } catch (error) {
    const stderr = `${error instanceof Error ? error.message : String(error)}\n`
    socket.end(JSON.stringify({ exitCode: 1, stdout: '', stderr } satisfies WordReply))
  }
}

async function obey(words: readonly string[], cluster: LabCluster): Promise<WordReply> {
  const [first = '', ...rest] = words
  if (first === 'lab') return labWord(rest, cluster)
  // One word is a script, as in ssh; several are a command and its arguments.
  const command = rest.length === 1 ? (rest[0] ?? '') : rest
  if (command.length === 0) throw new Error(`usage: ${first} COMMAND`)
  return cluster.lab.node(first).run(command, { check: false, timeoutMs: commandMs })
}

const networks = ['data', 'management', 'both'] as const

type LabWord = {
  readonly about: string
  /** A string it gives is printed. */
  readonly run: (node: LabNode, cluster: LabCluster, more: readonly string[]) => Promise<unknown>
}

const labWords: Readonly<Record<string, LabWord>> = {
  poweroff: { about: 'power loss: what was not synced is gone', run: (node) => node.powerOff() },
  start: {
    about: 'boots the node, and its satellite',
    run: async (node, cluster) => {
      await node.start()
      await cluster.startSatellite(node)
    },
  },
  cut: {
    about: 'pulls a cable: data (default), management or both',
    run: (node, _cluster, [network]) => node.cut({ network: networkOf(network ?? 'data') }),
  },
  heal: {
    about: 'plugs it in again: both (default), data or management',
    run: (node, _cluster, [network]) => node.heal({ network: networkOf(network ?? 'both') }),
  },
  freeze: { about: 'the whole machine hangs', run: async (node) => node.freeze() },
  thaw: { about: 'and goes on', run: async (node) => node.thaw() },
  kill: {
    about: "SIGKILL to the node's satellite",
    run: (node, cluster) => cluster.killSatellite(node),
  },
  satellite: {
    about: "starts the node's satellite again",
    run: async (node, cluster) => {
      await cluster.startSatellite(node)
    },
  },
  log: {
    about: 'what its satellite has logged, as JSON lines',
    run: async (node, cluster) => cluster.satellites.get(node.name)?.output() ?? '',
  },
  console: { about: 'what its kernel has printed', run: async (node) => node.console() },
}

async function labWord(words: readonly string[], cluster: LabCluster): Promise<WordReply> {
  const [verb = 'help', name, ...more] = words
  const word = Object.hasOwn(labWords, verb) ? labWords[verb] : undefined
  if (!word || name === undefined) {
    const lines = Object.entries(labWords).map(([key, { about }]) => {
      return `  lab ${key.padEnd(9)} NODE   ${about}\n`
    })
    return { exitCode: verb === 'help' ? 0 : 2, stdout: lines.join(''), stderr: '' }
  }
  const stdout = await word.run(cluster.lab.node(name), cluster, more)
  return { exitCode: 0, stdout: typeof stdout === 'string' ? stdout : '', stderr: '' }
}

function networkOf(text: string): (typeof networks)[number] {
  const found = networks.find((network) => network === text)
  if (found === undefined) throw new Error(`there is no network ${text}; ${networks.join(', ')}`)
  return found
}
