/** What is left after the chaos: the log in all its copies, and what stands on the machines. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stateHash } from '@varve/controller'
import {
  type Block,
  createState,
  evolveEntry,
  type FoldedEntry,
  genesis,
  type State,
  volumeDefinitionOf,
} from '@varve/events'
import { hashOf } from '../../../packages/controller/src/log/block.ts'
import { jetStreamLog } from '../../../packages/controller/src/log/jetstream.ts'
import { type ChaosCluster, cluster } from './cluster.ts'

/** All blocks of the stream, as text. */
export async function streamBlocks({ client }: ChaosCluster): Promise<string[]> {
  const blocks: string[] = []
  for await (const { bytes } of jetStreamLog(client, cluster).read(1)) {
    blocks.push(Buffer.from(bytes).toString())
  }
  return blocks
}

/** All whole lines of a controller's journal. */
export async function journalBlocks({ directory }: ChaosCluster, name: string): Promise<string[]> {
  const text = await readFile(join(directory, name, 'journal'), 'utf8')
  return text.split('\n').slice(0, -1)
}

export type Folded = {
  readonly state: State
  readonly hash: string
  readonly entries: FoldedEntry[]
}

export function fold(blocks: readonly string[]): Folded {
  const state = createState(genesis)
  const entries: FoldedEntry[] = []
  for (const [index, text] of blocks.entries()) {
    // Written by the controllers under test, who judge it by the chain of hashes as well.
    const block = JSON.parse(text) as Block
    if (block.prev !== state.position.hash) throw new Error(`block ${index + 1} is not chained`)
    for (const entry of block.entries) evolveEntry(state, entry, index + 1)
    entries.push(...block.entries)
    state.position.sequence = index + 1
    state.position.hash = hashOf(Buffer.from(text))
  }
  return { state, hash: stateHash(state), entries }
}

/** Everything on a machine that is, or could be, of a resource. */
export type Stand = {
  readonly volumes: string[]
  readonly minors: string[]
  readonly ports: string[]
  readonly files: string[]
}

/** What a node has to have by the state, foreign things included. */
export function wantedOn(state: State, node: string): Stand {
  const resources = [...state.resources.values()].filter((resource) => resource.node === node)
  const volumes = [...state.volumes.values()].filter((volume) => volume.node === node)
  const pad = (number: number) => String(number).padStart(5, '0')
  const minorOf = (definition: string, number: number) =>
    volumeDefinitionOf(state, definition, number)?.minor
  return {
    volumes: [
      ...volumes
        .filter(({ pool }) => pool !== undefined)
        .map(({ definition, number }) => `${definition}_${pad(number)}`),
      ...['foreign', 'theirs', 'thin'],
    ].sort(),
    minors: [
      ...volumes.map(
        ({ definition, number }) => `${definition}/${number} ${minorOf(definition, number)}`,
      ),
      'theirs/0 900',
    ].sort(),
    ports: [
      ...resources.flatMap(({ definition, ports }) => ports.map((port) => `${definition} ${port}`)),
      'theirs 7900',
    ].sort(),
    files: [
      ...resources.flatMap(({ definition }) => [`.backup/${definition}.res`, `${definition}.res`]),
      ...['node.key', 'positions.json', 'theirs.txt'],
    ].sort(),
  }
}

const directory = '/var/lib/varve.d'

export async function foundOn(chaos: ChaosCluster, node: string): Promise<Stand> {
  const host = hostOf(chaos, node)
  const tool = async (...argv: string[]) => (await host.run(argv)).stdout
  const volumes = await tool('lvs', '--noheadings', '--options', 'lv_name')
  const events = await tool('drbdsetup', 'events2', '--now')
  const files = (await host.list(directory)).filter((name) => name !== '.backup')
  const backups = await host.list(`${directory}/.backup`)
  return {
    volumes: lines(volumes).sort(),
    minors: matches(events, /exists device name:(\S+) volume:(\d+) minor:(\d+)/g)
      .map(([, name, volume, minor]) => `${name}/${volume} ${minor}`)
      .sort(),
    // One path to each peer, all from the same port.
    ports: unique(
      matches(events, /exists path name:(\S+) .*local:ipv4:[\d.]+:(\d+)/g).map(
        ([, name, port]) => `${name} ${port}`,
      ),
    ),
    files: [...files, ...backups.map((name) => `.backup/${name}`)].sort(),
  }
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)]
const unique = (words: readonly string[]) => [...new Set(words)].sort()

function hostOf({ hosts }: ChaosCluster, node: string) {
  const host = hosts.get(node)
  if (!host) throw new Error(`no machine ${node}`)
  return host
}

const foreignConfig = `resource theirs {
  on n1 { node-id 0; address 10.0.0.1:7900; }
  on n2 { node-id 1; address 10.0.0.2:7900; }
  on n3 { node-id 2; address 10.0.0.3:7900; }
  device minor 900; disk /dev/vg0/theirs; meta-disk internal;
  connection-mesh { hosts n1 n2 n3; }
}
`

/** A volume, a DRBD resource and a file of somebody else, in the very places that Varve uses. */
export async function plantForeign(chaos: ChaosCluster, node: string): Promise<void> {
  const host = hostOf(chaos, node)
  await host.writeFile('/etc/drbd.d/theirs.res', foreignConfig)
  await host.writeFile(`${directory}/theirs.txt`, 'not Varve’s\n')
  for (const argv of [
    ['lvcreate', '-y', '-L', '64M', '-n', 'foreign', '--addtag', 'precious', 'vg0'],
    ['lvcreate', '-y', '-L', '64M', '-n', 'theirs', 'vg0'],
    ['modprobe', 'drbd'],
    ['drbdadm', 'create-md', '--force', 'theirs'],
    ['drbdadm', 'up', 'theirs'],
  ]) {
    const result = await host.run(argv)
    if (result.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`)
  }
}

/** Everything foreign as text: the same text before and after means untouched. */
export async function foreignState(chaos: ChaosCluster, node: string): Promise<string> {
  const host = hostOf(chaos, node)
  const columns = ['--noheadings', '-o', 'lv_name,lv_size,lv_tags,lv_uuid']
  return [
    (await host.run(['lvs', ...columns, 'vg0/foreign', 'vg0/theirs'])).stdout,
    (await host.run(['drbdsetup', 'show', 'theirs'])).stdout,
    await host.readFile('/etc/drbd.d/theirs.res'),
    await host.readFile(`${directory}/theirs.txt`),
  ].join('\n')
}
