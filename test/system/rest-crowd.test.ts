/**
 * 500 clients at once that read and write: nobody is refused, and nothing that was said is lost.
 * A few rounds each; for longer: VARVE_CROWD_SECONDS=60.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RawClient, rawClient } from './raw.ts'
import { withRest } from './rest.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const clients = 500
/** At least. */
const rounds = 4
const longerMs = Number(process.env.VARVE_CROWD_SECONDS ?? 0) * 1000
const { controller, rest } = withRest()
let simulated: SimulatedSystem
let raw: RawClient

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1', 'n2'], controller })
  raw = rawClient(Number(new URL(await rest.url).port), clients)
})
afterAll(async () => {
  raw[Symbol.dispose]()
  await simulated[Symbol.asyncDispose]()
})

type Outcome = {
  readonly unexpected: readonly string[]
  readonly rounds: number
  readonly requests: number
}

/** A client of its own: what it has written it reads at once. */
async function client(_: unknown, number: number): Promise<Outcome> {
  const until = performance.now() + longerMs
  let requests = 0
  const unexpected: string[] = []
  const expectGood = async (method: string, path: string, body?: object) => {
    const { status, text } = await raw.send(method, path, body && JSON.stringify(body))
    requests += 1
    if (status >= 400) unexpected.push(`${method} ${path}: ${status} ${text.slice(0, 200)}`)
    return text
  }
  const name = `crowd-${number}`
  await expectGood('POST', '/v1/resource-definitions', { resource_definition: { name } })
  let round = 0
  for (; round < rounds || performance.now() < until; round += 1) {
    const key = `of/${number}/${round}`
    // One store of all, as drivers have it.
    await expectGood('PUT', '/v1/key-value-store/shared', { override_props: { [key]: `${round}` } })
    const own = { override_props: { 'Aux/round': String(round) } }
    await expectGood('PUT', `/v1/resource-definitions/${name}`, own)
    const told = await expectGood('GET', `/v1/resource-definitions/${name}`)
    if (!told.includes(`"Aux/round":"${round}"`)) unexpected.push(`${name} reads ${told}`)
    await expectGood('GET', '/v1/view/storage-pools')
  }
  if (number % 2 === 0) await expectGood('DELETE', `/v1/resource-definitions/${name}`)
  return { unexpected, rounds: round, requests }
}

test(
  'everybody is answered, reads what he wrote, and nobody overwrites another',
  async () => {
    const from = performance.now()
    const outcomes = await Promise.all(Array.from({ length: clients }, client))
    const seconds = (performance.now() - from) / 1000
    const requests = outcomes.reduce((sum, one) => sum + one.requests, 0)
    console.log(`${clients} clients: ${requests} requests in ${seconds.toFixed(0)} s`)
    expect(outcomes.flatMap(({ unexpected }) => unexpected)).toEqual([])
    const store = await rest.request('GET', '/v1/key-value-store/shared')
    const [{ props }] = store.body as [{ props: Record<string, string> }]
    const written = outcomes.reduce((sum, one) => sum + one.rounds, 0)
    expect(Object.keys(props)).toHaveLength(written)
    const numbers = Array.from({ length: clients }, (_, number) => number)
    const lost = numbers.filter((number) => {
      const last = (outcomes[number]?.rounds ?? 0) - 1
      return props[`of/${number}/${last}`] !== String(last)
    })
    expect(lost).toEqual([])
    const list = await rest.request('GET', '/v1/resource-definitions')
    const names = (list.body as { name: string }[]).map(({ name }) => name)
    const odd = numbers.filter((number) => number % 2 === 1).map((number) => `crowd-${number}`)
    expect(names.sort()).toEqual(odd.sort())
  },
  180_000 + 2 * longerMs,
)
