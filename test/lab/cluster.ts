/**
 * Varve on a lab: nats-server and controller beside the nodes, the real satellite in each. Only
 * processes; what they are told to do is the business of whoever started them.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findNatsServer } from '@varve/controller'
import type { Lab, LabNode, Running } from '../../infra/lab/index.ts'
import { bundle } from '../../tools/dev/bundle.ts'

const checkout = join(import.meta.dirname, '../..')
const main = join(checkout, 'packages/cli/src/main.ts')

/** The lab's host side on the management network, which a cut of the data network leaves alone. */
const address = '10.99.0.254'
const port = 4222
export const natsUrl = `nats://${address}:${port}`

export type LabCluster = {
  readonly lab: Lab
  readonly controller: Running
  readonly satellites: ReadonlyMap<string, Running>
  readonly startSatellite: (node: LabNode) => Promise<Running>
  /** SIGKILL to the satellite alone: a tool that it runs goes on. A power loss does it too. */
  readonly killSatellite: (node: LabNode) => Promise<void>
}

/** Argv of the real program, as an operator types it. */
export function varve(...words: readonly string[]): string[] {
  return ['node', main, ...words]
}

export async function startCluster(
  lab: Lab,
  options: { cluster: string; satelliteWords?: readonly string[] },
): Promise<LabCluster> {
  const { cluster, satelliteWords = [] } = options
  const program = install(lab)
  program.catch(() => undefined) // told by whoever starts a satellite
  await startNats(lab)
  const directory = join(lab.directory, 'controller')
  const controller = lab.spawnHost(
    varve(
      ...['run', 'controller', '--name', 'c1', '--nats', natsUrl],
      ...['--directory', directory, '--cluster', cluster],
    ),
    { name: 'controller' },
  )
  await controller.saw(/standing by/)
  const satellites = new Map<string, Running>()
  return {
    lab,
    controller,
    satellites,
    async startSatellite(node) {
      const words = [
        '--node',
        node.name,
        '--nats',
        natsUrl,
        '--cluster',
        cluster,
        ...satelliteWords,
      ]
      const argv = ['node', await program, 'run', 'satellite', ...words]
      const running = await node.spawn(argv, { name: 'satellite' })
      satellites.set(node.name, running)
      // Its end is the test's own doing, or it is noticed by what does not happen any more.
      running.exited.catch(() => undefined)
      await running.saw(/satellite started/)
      return running
    },
    async killSatellite(node) {
      await node.run(`pkill -KILL -f 'run satellit[e]'`)
      await satellites.get(node.name)?.exited
    },
  }
}

/**
 * What `./dev build` makes, where nodes find it: a satellite of few files starts in a third of the
 * time there. Gives the path of the program as nodes see it.
 */
async function install(lab: Lab): Promise<string> {
  const made = process.env[programVariable]
  const directory = made ?? join(lab.directory, 'varve')
  if (made === undefined) {
    await mkdir(directory)
    await writeProgram(directory)
  }
  return join('/host', directory, 'varve.js')
}

/** Environment variable: where the program is already, if somebody has made it for several labs. */
export const programVariable = 'VARVE_LAB_PROGRAM'

export async function writeProgram(directory: string): Promise<void> {
  const { files } = await bundle()
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
  for (const [name, text] of files) {
    if (name.endsWith('.js')) await writeFile(join(directory, name), text)
  }
}

/** The same promises as the embedded server's: what is acknowledged is on the disk. */
async function startNats(lab: Lab): Promise<void> {
  const log = (line: string) => console.log(line)
  const server = await findNatsServer({ env: process.env, log })
  const directory = join(lab.directory, 'nats')
  await mkdir(directory)
  const file = join(directory, 'nats.conf')
  await writeFile(
    file,
    `server_name: lab
host: ${address}
port: ${port}
jetstream { store_dir: ${JSON.stringify(directory)}, sync_interval: always }
`,
  )
  const nats = lab.spawnHost([server.path, '-c', file], { name: 'nats-server' })
  await nats.saw(/Server is ready/)
}
