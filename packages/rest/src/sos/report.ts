/**
 * What somebody who helps from afar asks for first: versions, health, what satellites cannot do, the
 * end of the log, what nodes report, and the records. A file at a time, so that none of it is large
 * in memory; all of it without secrets.
 */
import type { Entry } from '@varve/events'
import { healthOf, recordsOf, type World } from '@varve/projections'
import type { ErrorReport } from '../report/book.ts'
import { withoutSecrets } from './redact.ts'
import type { TarFile } from './tar.ts'

export type SosScope = {
  /** True: the node is to be in it. */
  readonly hasNode: (node: string) => boolean
  readonly hasController: boolean
  readonly reports: readonly ErrorReport[]
  /** The last lines of the log of the process that makes it, a JSON object each. */
  readonly processLog: readonly string[]
  /** ms since epoch; log entries before it are left out. */
  readonly since: number
}

/** Blocks of the log, from its end. */
const mostBlocks = 2_000
/** Records of one file. */
const mostRecords = 2_000

/** `read` is called anew between files: meanwhile the world moves on. */
export async function* sosFiles(
  read: () => World,
  scope: SosScope,
  barrier: () => Promise<unknown>,
): AsyncGenerator<TarFile> {
  const world = read()
  yield file('versions.json', versionsOf(world))
  yield file('health.json', healthOf(world, world.log))
  yield file(
    'error-reports.json',
    scope.reports.filter(({ node, module }) => module === 'CONTROLLER' || scope.hasNode(node)),
  )
  for (const node of world.state.nodes.values()) {
    if (scope.hasNode(node.name)) yield* nodeFiles(world, node.name)
  }
  if (!scope.hasController) return
  yield linesFile('process-log.jsonl', scope.processLog.map(parsedLine))
  yield* recordFiles(world)
  // What is told of the log is stored by then.
  await barrier()
  yield* logFiles(read(), scope.since)
}

const file = (name: string, value: unknown): TarFile => ({
  name: `varve-sos/${name}`,
  text: `${JSON.stringify(withoutSecrets(value), null, 2)}\n`,
})

const linesFile = (name: string, rows: readonly unknown[]): TarFile => ({
  name: `varve-sos/${name}`,
  text: rows.map((row) => `${JSON.stringify(withoutSecrets(row))}\n`).join(''),
})

function versionsOf(world: World): object {
  const { controller, leader, cluster, now, state, observed } = world
  const nodes = [...state.nodes.values()].map(({ name }) => {
    const seen = observed.node(name)
    return { node: name, version: seen?.version, uname: seen?.uname, ...seen?.capabilities }
  })
  const { sequence, term, entries } = state.position
  const time = new Date(now).toISOString()
  return { time, cluster, controller, leader, log: { sequence, term, entries }, nodes }
}

function* nodeFiles({ state, observed }: World, node: string): Generator<TarFile> {
  const resources = state.resources.by('node', node.toLowerCase())
  yield file(`nodes/${shortName(node)}.json`, {
    node: observed.node(node),
    files: observed.files(node),
    devices: observed.devices(node),
    drift: observed.drift(node),
    pools: state.pools.by('node', node.toLowerCase()).map(({ name }) => observed.pool(node, name)),
  })
  const reports = resources.map(({ definition }) => observed.resource(definition, node))
  yield* parts(
    `nodes/${shortName(node)}-resources`,
    reports.filter((one) => one !== undefined),
  )
}

/** Secrets are looked for by name, so lines are taken apart. */
function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return line
  }
}

/** Names of nodes may be longer than a tar's header has room for. */
const shortName = (node: string): string => node.toLowerCase().slice(0, 60)

function recordFiles({ state }: World): Generator<TarFile> {
  const rows = [...recordsOf(state)].map(([name, record]) => ({
    name,
    record: ofStore(name, record),
  }))
  const operations = [...state.operations.values()].map((record) => ({ name: 'operation', record }))
  return parts('records', [...rows, ...operations])
}

/** A store's record does not say what it is. */
const ofStore = (name: string, record: object): object =>
  name.startsWith('key-value-store/') ? { store: name, ...record } : record

function* parts(name: string, rows: readonly unknown[]): Generator<TarFile> {
  for (let from = 0; from < rows.length; from += mostRecords) {
    const number = String(from / mostRecords + 1).padStart(4, '0')
    yield linesFile(`${name}-${number}.jsonl`, rows.slice(from, from + mostRecords))
  }
}

async function* logFiles(world: World, since: number): AsyncGenerator<TarFile> {
  const { sequence: last } = world.state.position
  const entries: object[] = []
  for (let at = Math.max(1, last - mostBlocks + 1); at <= last; at += 1) {
    const block: readonly Entry[] = (await world.entryAt(at)) ?? []
    for (const [index, entry] of block.entries()) {
      // Not as people read it: sentences have values in them.
      if (entry.at >= since) entries.push({ sequence: at, index, ...entry })
    }
  }
  yield* parts('log', entries)
}
