/** LINSTOR's REST API of a process of its own, with 10,000 definitions of three replicas. */
import { join } from 'node:path'
import { until } from '../system/harness.ts'
import { type Child, startPart } from './child.ts'
import { type Given, publishedAll, startController } from './controller.ts'
import { type Figure, figure } from './figure.ts'
import { percentiles } from './percentiles.ts'
import { freePort, type Web, webClient } from './web.ts'

const rounds = 3
const single = 300
const connections = 64
/** Of the mixed load; not counted. */
const warmUpMs = 3_000
const loadMs = 8_000
const view = '/v1/view/resources'

export async function restFigures(given: Given): Promise<Figure[]> {
  const { started, stop } = await startController(given)
  try {
    await publishedAll(started.client)
    const port = await freePort()
    const child = startPart(
      given.varve,
      ...['rest', '--directory', join(given.directory, 'rest'), '--nats', started.servers],
      ...['--rest-port', String(port), '--log-level', 'error'],
    )
    try {
      using web = webClient(port, connections)
      await until('REST is served', () => isServed(web), 120_000)
      return await measure(web, child)
    } finally {
      await child.stop()
    }
  } finally {
    await stop()
  }
}

const isServed = (web: Web) =>
  web.ask('GET', '/health').then(
    ({ status }) => status === 200 || undefined,
    () => undefined,
  )

async function measure(web: Web, child: Child): Promise<Figure[]> {
  const all: number[] = []
  // The first look, with everything cold, is not counted.
  for (let round = -1; round < rounds; round += 1) {
    const before = await child.processorMs()
    const { status, bytes } = await web.ask('GET', view)
    if (status !== 200 || bytes < 1_000_000) throw new Error(`${status}, ${bytes} bytes`)
    if (round >= 0) all.push((await child.processorMs()) - before)
  }
  const one = await times(web, (index) => [`${view}?resources=web${1 + (index % 10_000)}`, {}])
  let tag = (await web.ask('GET', view)).etag
  if (tag === undefined) throw new Error('there is no ETag')
  // Nodes that nobody hears are found to be offline meanwhile: whoever asks has the newest, as a client.
  const unchanged = await times(
    web,
    () => [view, { 'if-none-match': tag ?? '' }],
    ({ etag }) => {
      tag = etag ?? tag
    },
  )
  const resident = await child.residentMib()
  await mixed(web, warmUpMs)
  const before = await child.processorMs()
  const load = await mixed(web)
  const perRequest = (((await child.processorMs()) - before) * 1000) / load.requests
  return figuresOf({ all, one, unchanged, resident, perRequest, ...load })
}

async function times(
  web: Web,
  ask: (index: number) => readonly [string, Record<string, string>],
  onAnswer: (answer: Awaited<ReturnType<Web['ask']>>) => void = () => {},
): Promise<number[]> {
  const runs: number[] = []
  for (let round = -1; round < rounds; round += 1) {
    const taken: number[] = []
    for (let index = 0; index < single; index += 1) {
      const [path, headers] = ask(index)
      const answer = await web.ask('GET', path, { headers })
      taken.push(answer.ms)
      onAnswer(answer)
    }
    if (round >= 0) runs.push(percentiles(taken).p50Ms)
  }
  return runs
}

/** One of five changes something; the others are what drivers ask most. */
async function mixed(web: Web, ms = loadMs) {
  const taken: number[] = []
  const from = performance.now()
  const worker = async (_: unknown, number: number) => {
    for (let index = 0; performance.now() - from < ms; index += 1) {
      const [method, path, body] = requestOf(number, index)
      const { status, ms } = await web.ask(method, path, { body })
      if (status >= 400) throw new Error(`${method} ${path}: ${status}`)
      taken.push(ms)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  const seconds = (performance.now() - from) / 1000
  return { requests: taken.length, rate: taken.length / seconds, p99: percentiles(taken).p99Ms }
}

function requestOf(worker: number, index: number): readonly [string, string, unknown?] {
  const definition = `web${1 + ((worker * 997 + index) % 10_000)}`
  switch (index % 5) {
    case 0: {
      const body = { override_props: { at: String(index) } }
      return ['PUT', `/v1/key-value-store/bench-${worker}`, body]
    }
    case 1:
      return ['GET', `${view}?resources=${definition}`]
    case 2:
      return ['GET', `/v1/resource-definitions/${definition}/volume-definitions`]
    case 3:
      return ['GET', '/v1/view/storage-pools']
    default:
      return ['GET', `/v1/resource-definitions/${definition}/resources`]
  }
}

function figuresOf(measured: {
  readonly all: readonly number[]
  readonly one: readonly number[]
  readonly unchanged: readonly number[]
  readonly resident: number
  readonly rate: number
  readonly p99: number
  readonly perRequest: number
}): Figure[] {
  const most = (what: string, unit: string, aim: number, runs: readonly number[]) =>
    figure({ what: `REST, 10,000 × 3: ${what}`, unit, aim, reached: 'at-most', runs })
  const load = `mixed load of ${connections} connections, a fifth of it changes`
  return [
    most('all of /v1/view/resources, processor time', 'ms', 1_000, measured.all),
    most('one resource of it, p50', 'ms', 5, measured.one),
    most('all of it with If-None-Match, nothing changed, p50', 'ms', 2, measured.unchanged),
    most('resident memory of varve run rest', 'MiB', 256, [measured.resident]),
    figure({
      what: `REST, 10,000 × 3: ${load}`,
      unit: 'per s',
      aim: 1_000,
      reached: 'at-least',
      runs: [measured.rate],
    }),
    most('the same, p99', 'ms', 200, [measured.p99]),
    most('the same, processor time of the REST process per request', 'µs', 500, [
      measured.perRequest,
    ]),
  ]
}
