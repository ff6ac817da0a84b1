/**
 * `./dev lab`: nodes with real kernels and the real satellite in each, NATS and a controller beside
 * them, and an operator's shell with the CLI. When the shell ends, nothing of it is left.
 */
import { parseArgs } from 'node:util'
import { Lab, type LabNode } from '../../infra/lab/index.ts'
import { natsUrl, startCluster, varve } from '../../test/lab/cluster.ts'
import { makeShell, type Shell } from './lab-shell.ts'
import { prepareLab, prepareNats } from './prepare.ts'

const usage = `usage: ./dev lab [--nodes N] [--disks N] [--exec COMMAND]
  --nodes N        nodes, n1 … nN (default 3)
  --disks N        disks of each, 1 GiB and sparse (default 2)
  --exec COMMAND   run this in the operator's shell instead of a dialogue, and end
`

export async function lab(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      nodes: { type: 'string', default: '3' },
      disks: { type: 'string', default: '2' },
      exec: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const nodes = between('--nodes', values.nodes, 9)
  const disksPerNode = between('--disks', values.disks, 8)
  // The lab sweeps itself away when the process exits, at whatever point of its life that is.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => process.exit(130))
  }
  if (!(await prepareLab(say))) return 1
  await prepareNats(say)

  say(`booting ${nodes} nodes with real kernels, about two seconds each`)
  await using running = await Lab.start({ nodes, disksPerNode })
  await Promise.all(running.nodes.map(makePool))
  say('starting nats-server, a controller and the satellites')
  const cluster = await startCluster(running, { cluster: 'varve' })
  await Promise.all(running.nodes.map((node) => cluster.startSatellite(node)))
  await using shell = await makeShell(cluster)
  await register(running)
  if (values.exec === undefined) say(advice(running))
  // Awaited here: what is being used ends when this function returns.
  return await open(running, shell, values.exec)
}

/** All disks in one volume group with a thin pool; the rest of it is for thick volumes. */
async function makePool(node: LabNode): Promise<void> {
  await node.run(`vgcreate -q vg0 ${node.disks.map((disk) => disk.path).join(' ')}
    lvcreate -q -y --type thin-pool -l 75%FREE -n thin vg0`)
}

/** What an operator of a new cluster types, shown as it is typed. */
async function register(running: Lab): Promise<void> {
  const replicas = Math.min(2, running.nodes.length)
  const commands = [
    ...running.nodes.map((node) => ['node', 'create', node.name, node.address]),
    ...running.nodes.map(({ name }) =>
      `storage-pool create lvm-thin ${name} thin vg0/thin`.split(' '),
    ),
    `resource-group create pair --place-count ${replicas} --storage-pool thin`.split(' '),
    'volume-group create pair'.split(' '),
  ]
  for (const words of commands) {
    console.log(`$ varve ${words.join(' ')}`)
    await running.exec(varve(...words), { env: { VARVE_NATS: natsUrl } })
  }
}

async function open(running: Lab, shell: Shell, command: string | undefined): Promise<number> {
  const { rcFile, env } = shell
  const argv = command === undefined ? ['bash', '--rcfile', rcFile, '-i'] : ['bash', '-c', command]
  return running.attach(argv, { env })
}

function advice(running: Lab): string {
  const [first = '', second] = running.nodes.map(({ name }) => name)
  const failOver =
    second === undefined
      ? ''
      : `  lab poweroff ${first}                             power loss; then: varve resource list
  ${second} drbdadm primary web                     the data is there
  lab start ${first}                                it comes back and resyncs
`
  return `the cluster is yours; exit or Ctrl-D ends it, and nothing is left. Try:

  varve node list
  varve resource-group spawn pair web 200M    replicas on real thin volumes
  varve resource list                         where they are and how they are
  varve explain placement web                 why there
  ${first} lvs                                      a command in a node; also: ${first} drbdadm status
  ${first} 'drbdadm primary web && mkfs.ext4 -q /dev/drbd1000'
${failOver}  varve volume-definition resize web 0 300M   grow it while it is in use
  varve history web                           who did what
  lab help                                    cables, freezes, satellites, logs
`
}

function between(option: string, text: string, most: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  throw new RangeError(`${option} is a number from 1 to ${most}, not ${text}`)
}

function say(line: string): void {
  console.log(`dev: ${line}`)
}
