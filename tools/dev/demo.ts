/** `./dev demo`: a cluster of simulated machines, and a short story through the real CLI. */
import { rmSync } from 'node:fs'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { findNatsServer } from '@varve/controller'
import { Interrupted, interruption } from './process.ts'
import { cliPath, Processes } from './processes.ts'

const help = `./dev demo [--keep]
  --keep   leave the cluster up at the end and print the commands to try; Ctrl-C ends it
`
const nodes = ['n1', 'n2', 'n3']

export async function demo(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const signal = interruption()
  const say = (line: string) => process.stderr.write(`${styleText('dim', line)}\n`)
  try {
    // Fetched before anything is started, so that a first run shows what it waits for.
    const server = await findNatsServer({ env: process.env, log: say, signal })
    say(`nats-server ${server.version}: the log lives in it`)
    await play(values.keep, signal)
    return 0
  } catch (error) {
    if (!signal.aborted) throw error
    const { reason } = signal
    say(`${reason instanceof Interrupted ? reason.message : reason}; nothing is left behind`)
    return 130
  }
}

async function play(isKept: boolean, signal: AbortSignal): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'varve-demo-'))
  // A second Ctrl-C does not wait for what follows below.
  const sweep = () => rmSync(directory, { recursive: true, force: true })
  process.once('exit', sweep)
  await using processes = new Processes(directory, signal)
  try {
    const cluster = await startCluster(processes, directory)
    await tellStory(processes, cluster)
    if (isKept) await keep(cluster, signal)
  } catch (error) {
    if (!signal.aborted) process.stderr.write(await processes.lastWords())
    throw error
  } finally {
    await processes[Symbol.asyncDispose]()
    sweep()
    process.off('exit', sweep)
  }
}

type Cluster = { readonly url: string; readonly socket: string }

/** Four kinds of processes, as on real machines: hardware, NATS with its controller, satellites. */
async function startCluster(processes: Processes, directory: string): Promise<Cluster> {
  const socket = join(directory, 'hosts.sock')
  processes.start('hosts', [
    cliPath,
    'run',
    'sim-hosts',
    '--socket',
    socket,
    '--hosts',
    nodes.join(),
  ])
  processes.start('controller', [
    cliPath,
    ...['run', 'controller', '--directory', directory, '--listen', '0', '--name', 'controller'],
  ])
  await processes.untilFile(socket)
  await processes.untilFile(join(directory, 'nats.url'))
  const url = (await readFile(join(directory, 'nats.url'), 'utf8')).trim()
  for (const node of nodes) startSatellite(processes, { url, socket }, node)
  return { url, socket }
}

function startSatellite(processes: Processes, { url, socket }: Cluster, node: string): void {
  processes.start(`satellite ${node}`, [
    cliPath,
    ...['run', 'satellite', '--node', node, '--nats', url, '--simulated', socket],
  ])
}

async function tellStory(processes: Processes, cluster: Cluster): Promise<void> {
  const varve = (...args: string[]) => processes.play(cluster.url, args)
  const chapter = (title: string) => process.stdout.write(`\n${styleText('bold', `── ${title}`)}\n`)

  chapter('three nodes, each with a thin pool')
  for (const [index, node] of nodes.entries()) {
    await varve('node', 'create', node, `10.0.0.${index + 1}`)
    await varve('storage-pool', 'create', 'lvm-thin', node, 'thin', 'vg0/thin')
  }
  await processes.untilTrue(cluster.url, 'all nodes are online', ['node', 'list'], (rows) =>
    rows.every((row) => row.status === 'online'),
  )
  await processes.untilTrue(
    cluster.url,
    'all pools are measured',
    ['storage-pool', 'list'],
    (rows) => rows.every((row) => row.provider === 'DISKLESS' || isMeasured(row)),
  )
  await varve('node', 'list')
  await varve('storage-pool', 'list')

  chapter('a volume with two replicas, placed by the autoplacer')
  await varve('resource-group', 'create', 'fast', '--place-count', '2', '--storage-pool', 'thin')
  await varve('resource-group', 'spawn', 'fast', 'web', '10G', '--reason', 'the web shop moves in')
  await varve('resource', 'list')

  chapter('why there?')
  await varve('explain', 'placement', 'web')

  chapter('who, when and why?')
  await varve('history', 'web')

  chapter('a satellite dies: its node is shown offline, with the age of what is known')
  await processes.kill('satellite n2')
  await processes.untilTrue(cluster.url, 'n2 is offline', ['node', 'list'], (rows) =>
    rows.some((row) => row.name === 'n2' && row.status === 'offline'),
  )
  await varve('resource', 'list')
  // Its exit code tells of the warning that this chapter is about.
  await processes.play(cluster.url, ['health'], [0, 1])

  chapter('it comes back and catches up')
  startSatellite(processes, cluster, 'n2')
  await processes.untilTrue(cluster.url, 'n2 is online', ['node', 'list'], (rows) =>
    rows.every((row) => row.status === 'online'),
  )
  await varve('resource', 'list')

  chapter('deleted, when every node has confirmed')
  await varve('resource-definition', 'delete', 'web')
  await varve('log', 'verify')
}

function isMeasured({ observed }: Readonly<Record<string, unknown>>): boolean {
  return typeof observed === 'object' && observed !== null && 'freeKib' in observed
}

async function keep({ url }: Cluster, signal: AbortSignal): Promise<void> {
  process.stdout.write(`
The cluster is up. In another terminal, from this directory:

  export VARVE_NATS=${url} PATH="$PWD/node_modules/.bin:$PATH"
  varve resource-group spawn fast db 5G
  varve resource list
  varve resource-group spawn fast big 2T --plan
  varve log list

Ctrl-C ends it and leaves nothing behind.
`)
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
}
