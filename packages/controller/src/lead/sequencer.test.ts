import { type CommandReply, createState, genesis, nothingObserved } from '@varve/events'
import { expect, test } from 'vitest'
import type { Ports, Request } from '../core/accept.ts'
import type { Written } from '../log/writer.ts'
import { Sequencer } from './sequencer.ts'

type Append = { readonly bytes: Uint8Array; readonly answer: (result: Written) => void }

/** A sequencer whose log is the test itself: it decides when, and how, an append is answered. */
function bench(patch: { random64?: () => string; isCurrent?: () => true | Promise<boolean> } = {}) {
  const appends: Append[] = []
  const bugs: unknown[] = []
  const failures: unknown[] = []
  const state = createState(genesis)
  const ports = (sequence: number): Ports => ({
    now: 1_000,
    sequence,
    newId: () => 'policy',
    random64: patch.random64 ?? (() => '0123456789ABCDEF'),
    observed: nothingObserved,
  })
  const sequencer = new Sequencer({
    state,
    writer: {
      append: (bytes) => new Promise((answer) => appends.push({ bytes, answer })),
    },
    ports,
    hasMoved: () => false,
    isCurrent: patch.isCurrent ?? (() => true),
    seal: () => undefined,
    stored: () => undefined,
    onBug: (error) => bugs.push(error),
    failed: (reason) => failures.push(reason),
  })
  const submit = (id: string, command: Request['command']) =>
    new Promise<CommandReply>((answer) => {
      const request: Request = { id, actor: { kind: 'user', name: 'alice', via: 'cli' }, command }
      sequencer.submit({ request, answer })
    })
  return { state, sequencer, submit, appends, bugs, failures }
}

const define = (definition: string): Request['command'] => ({
  type: 'resource-definition.create',
  args: { definition },
})
const found: Request['command'] = { type: 'cluster.found', args: {} }

/** Lets everything that is due happen. */
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
const store = async ({ appends }: ReturnType<typeof bench>, sequence: number) => {
  appends.at(-1)?.answer({ kind: 'stored', sequence, hash: String(sequence).repeat(64) })
  await turn()
}

test('nobody is answered before the block is stored, also not with a refusal that it explains', async () => {
  const it = bench()
  const answers: string[] = []
  const note = (name: string) => (reply: CommandReply) => answers.push(`${name} ${reply.ok}`)
  void it.submit('1', found).then(note('found'))
  void it.submit('2', define('web')).then(note('web'))
  void it.submit('3', define('WEB')).then(note('again'))
  await turn()
  expect(answers).toEqual([])
  expect(it.appends).toHaveLength(1)
  await store(it, 1)
  expect(answers).toEqual(['found true', 'web true', 'again false'])
})

test('what comes while a block is stored goes into one next block, never two in flight', async () => {
  const it = bench()
  void it.submit('1', found)
  await turn()
  const replies = ['a1', 'a2', 'a3'].map((name) => it.submit(name, define(name)))
  await turn()
  expect(it.appends).toHaveLength(1)
  await store(it, 1)
  expect(it.appends).toHaveLength(2)
  await store(it, 2)
  expect((await Promise.all(replies)).map(({ sequence }) => sequence)).toEqual([2, 2, 2])
})

test('each block carries the hash of the one before it', async () => {
  const it = bench()
  void it.submit('1', found)
  await turn()
  await store(it, 1)
  void it.submit('2', define('web'))
  await turn()
  const second = JSON.parse(Buffer.from(it.appends[1]?.bytes ?? []).toString())
  expect(second.prev).toBe(it.state.position.hash)
})

test('when another leader was faster everybody is told that the outcome is unknown', async () => {
  const it = bench()
  const waiting = [it.submit('1', found), it.submit('2', define('web'))]
  await turn()
  const late = it.submit('3', define('db'))
  it.appends[0]?.answer({ kind: 'deposed', sequence: 1, found: undefined })
  const replies = await Promise.all([...waiting, late])
  for (const reply of replies) {
    expect(reply).toMatchObject({ ok: false, refusal: { code: 'log-unavailable' } })
  }
  expect(it.failures).toHaveLength(1)
  expect(await it.submit('4', define('x'))).toMatchObject({ ok: false })
})

test('a bug in a rule costs its own command and nothing else', async () => {
  const it = bench({
    random64: () => {
      throw new Error('no chance')
    },
  })
  void it.submit('1', found)
  await turn()
  await store(it, 1)
  void it.submit('2', define('web'))
  await turn()
  await store(it, 2)
  const reply = await it.submit('3', {
    type: 'volume-definition.create',
    args: { definition: 'web', sizeKib: 1024 },
  })
  expect(reply).toMatchObject({ ok: false, refusal: { code: 'internal-error' } })
  expect(it.bugs).toHaveLength(1)
  expect(it.state.volumeDefinitions.size).toBe(0)
  void it.submit('4', define('db'))
  await turn()
  await store(it, 3)
  expect(it.state.definitions.has('db')).toBe(true)
})

test('a reader waits for what the state shows it', async () => {
  const it = bench()
  void it.submit('1', found)
  await turn()
  let sequence = 0
  void it.sequencer.barrier().then((reached) => {
    sequence = reached
  })
  await turn()
  expect(sequence).toBe(0)
  await store(it, 1)
  expect(sequence).toBe(1)
})

test('what rests on no block is told only when the log still ends where it did', async () => {
  let answer: ((is: boolean) => void) | undefined
  const isCurrent = () => new Promise<boolean>((resolve) => (answer = resolve))
  const it = bench({ isCurrent })
  const told: string[] = []
  const note = (reply: CommandReply) => told.push(reply.ok ? 'done' : reply.refusal.code)
  void it.submit('0', found)
  void it.submit('1', define('web')).then(note)
  await turn()
  await store(it, 1)
  void it.submit('2', define('web')).then(note)
  await turn()
  expect(told).toEqual(['done'])
  answer?.(true)
  await turn()
  expect(told).toEqual(['done', 'exists'])
  void it.submit('3', define('web')).then(note)
  await turn()
  answer?.(false)
  await turn()
  expect(told).toEqual(['done', 'exists', 'log-unavailable'])
  expect(it.failures).toHaveLength(1)
})
