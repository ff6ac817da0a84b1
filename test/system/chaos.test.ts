/**
 * SIGKILL at any moment: whatever is killed while users command, everything ends as it was asked
 * for, once. VARVE_CHAOS_SEED repeats the choice of victims and moments of a run.
 */
import { brokenInvariants } from '@varve/events'
import { expect, test } from 'vitest'
import { createRandom, type Random } from '../../packages/sim/src/random.ts'
import { ChaosCluster, controllers, nodes } from './chaos/cluster.ts'
import {
  type Folded,
  fold,
  foreignState,
  foundOn,
  journalBlocks,
  plantForeign,
  streamBlocks,
  wantedOn,
} from './chaos/evidence.ts'
import { type Answered, type Desk, insist, use } from './chaos/user.ts'
import { until } from './harness.ts'

/** The schedule of victims; the machine's own timing makes every run another one all the same. */
const seed = Number(process.env.VARVE_CHAOS_SEED ?? 1)
/** The moment of a kill after a command was sent: before, during and after all that it causes. */
const spreadMs = 300
/** Users may all be waiting for a leader; then it is killed without a command. */
const patienceMs = 1_500

/** A satellite that has failed again and again waits a minute before it tries once more. */
const convergeMs = 180_000

/** What each definition has in the end, GiB; 0: it is gone. */
const ends = new Map([
  ['alpha', 2],
  ['bravo', 0],
  ['charlie', 3],
  ['delta', 0],
])

test(`a hundred kills of controllers and satellites (VARVE_CHAOS_SEED=${seed})`, async () => {
  const victims = [...times(30, 'c1'), ...times(30, 'c2')]
  for (const node of nodes) victims.push(...times(node === 'n1' ? 14 : 13, node))
  await survive(victims)
}, 600_000)

test(`the server killed as well (VARVE_CHAOS_SEED=${seed})`, async () => {
  await survive([...times(4, 'nats'), 'c1', 'c2', 'n1', 'n2'])
}, 400_000)

async function survive(victims: readonly string[]): Promise<void> {
  await using chaos = await ChaosCluster.start()
  try {
    const foreign = await prepare(chaos)
    const answers = await amidKills(chaos, victims)
    await untilConverged(chaos)
    for (const node of nodes) expect(await foreignState(chaos, node)).toBe(foreign.get(node))
    const { state } = await checkLog(chaos, answers)
    console.log(`${victims.length} kills made ${state.position.term} leaders`)
    for (const node of nodes) {
      expect(`${node} ${show(await foundOn(chaos, node))}`).toBe(
        `${node} ${show(wantedOn(state, node))}`,
      )
    }
    expect(chaos.surprises).toEqual([])
  } catch (error) {
    console.log(`${chaos.surprises.join('\n')}\n${await chaos.lastWords()}`)
    throw error
  }
}

/** Nodes, pools, a group and foreign things; what the foreign things look like. */
async function prepare(chaos: ChaosCluster): Promise<Map<string, string>> {
  const desk: Desk = { cluster: chaos, answers: [], onSent: () => undefined }
  const foreign = new Map<string, string>()
  for (const [index, node] of nodes.entries()) {
    await plantForeign(chaos, node)
    await insist(desk, 'node.create', { node, address: `10.0.0.${index + 1}` })
    const pool = { node, pool: 'thin', provider: 'LVM_THIN', backing: 'vg0/thin' }
    await insist(desk, 'storage-pool.create', pool)
  }
  await insist(desk, 'resource-group.create', { group: 'pair', filter: { placeCount: 2 } })
  for (const node of nodes) foreign.set(node, await foreignState(chaos, node))
  return foreign
}

/** Users command without a pause while one victim after the other is killed. */
async function amidKills(chaos: ChaosCluster, victims: readonly string[]): Promise<Answered[]> {
  const random = createRandom(seed)
  const began = performance.now()
  let sent = Promise.withResolvers<void>()
  let isOver = false
  const answers: Answered[] = []
  const desk: Desk = { cluster: chaos, answers, onSent: () => sent.resolve() }
  const users = [...ends].map(([definition, endGib]) =>
    use(desk, definition, { endGib, isOver: () => isOver }),
  )
  const killing = async () => {
    for (const victim of shuffled(victims, random)) {
      sent = Promise.withResolvers<void>()
      await Promise.race([sent.promise, pause(patienceMs)])
      // The moment is the random point itself, not a wait for something.
      await pause(random.next() * spreadMs)
      await (victim === 'nats' ? chaos.killNats() : chaos.kill(victim))
    }
    isOver = true
  }
  await Promise.all([killing(), ...users])
  const accepted = answers.filter(({ reply }) => reply.ok).length
  const repeated = answers.filter(({ reply }) => reply.ok && reply.repeated).length
  const seconds = Math.round((performance.now() - began) / 1_000)
  console.log(
    `${victims.length} kills in ${seconds} s; ${answers.length} commands, ${accepted} accepted, ` +
      `${repeated} of them had to be asked for their answer again`,
  )
  return answers
}

async function untilConverged(chaos: ChaosCluster): Promise<void> {
  type Page = { total: number; rows: { name: string; sizeKib: number; resources: number }[] }
  let last: unknown
  const wanted = [...ends].flatMap(([name, gib]) => (gib > 0 ? [[name, gib * 1024 * 1024, 3]] : []))
  await until(
    'everything is as it was asked for',
    async () => {
      const operations = await chaos.query<Page>('operations')
      const definitions = await chaos.query<Page>('resource-definitions')
      const settled = await Promise.all(
        [...ends.keys()].map((definition) =>
          chaos.query<{ isSettled: boolean }>('settled', { definition }),
        ),
      )
      // Two replicas and a tie-breaker each.
      const found = definitions?.rows.map(({ name, sizeKib, resources }) => [
        name,
        sizeKib,
        resources,
      ])
      last = { operations, found, settled }
      const isSettled = settled.every((one) => one?.isSettled)
      const isDone = operations?.total === 0 && isSettled
      return (isDone && JSON.stringify(found) === JSON.stringify(wanted)) || undefined
    },
    convergeMs,
  ).catch((cause: unknown) => {
    throw new Error(`no convergence: ${JSON.stringify(last)}`, { cause })
  })
}

/** Every copy of the log is the same, holds what was answered, once, and folds to one state. */
async function checkLog(chaos: ChaosCluster, answers: readonly Answered[]): Promise<Folded> {
  const live = await chaos.query<{ sequence: number; hash: string; entries: number }>('status')
  // After a restart of the server a follower needs some seconds before it hears blocks again.
  for (const name of controllers) {
    await until(`the journal of ${name} has what was answered`, async () => {
      const journal = await journalBlocks(chaos, name)
      return journal.length >= (live?.sequence ?? 0) || undefined
    })
  }
  await chaos.stopControllers()
  const blocks = await streamBlocks(chaos)
  const folded = fold(blocks)
  for (const name of controllers) {
    const journal = await journalBlocks(chaos, name)
    // A standby may not have heard of the very last block before it was told to end.
    expect(journal.length).toBeGreaterThanOrEqual(live?.sequence ?? 0)
    expect(journal).toEqual(blocks.slice(0, journal.length))
  }
  const atLive = fold(blocks.slice(0, live?.sequence))
  expect({ hash: atLive.state.position.hash, entries: atLive.entries.length }).toEqual({
    hash: live?.hash,
    entries: live?.entries,
  })
  expect(fold(blocks).hash).toBe(folded.hash)
  expect(brokenInvariants(folded.state)).toEqual([])
  const counts = new Map<string, number>()
  for (const { id } of folded.entries) counts.set(id, (counts.get(id) ?? 0) + 1)
  expect([...counts].filter(([, count]) => count > 1)).toEqual([])
  const wrong = answers.filter(({ id, reply }) => {
    const isEntry = reply.ok && reply.unchanged !== true
    return counts.has(id) !== isEntry
  })
  expect(wrong).toEqual([])
  return folded
}

function times(count: number, name: string): string[] {
  return Array.from({ length: count }, () => name)
}

function shuffled(names: readonly string[], random: Random): string[] {
  return names
    .map((name) => ({ name, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name)
}

function show(stand: object): string {
  return JSON.stringify(stand, null, 1)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
