import { fileURLToPath } from 'node:url'
import {
  type CommandPlan,
  type CommandReply,
  type PublicCommandType,
  refusalText,
  type VarveEvent,
} from '@varve/events'
import { answerQuery, type World } from '@varve/projections'
import { exampleReports, exampleStory, seen } from '@varve/projections/testing'
import { expect, test } from 'vitest'
import { scenario } from '../../../tools/scenario.ts'
import type { Client } from './client/client.ts'
import { run } from './run.ts'

type Sent = { type: PublicCommandType; args: unknown; options: unknown }

/** Answers queries from a built state, and every command with `accepted`. */
function fakeClient(world: World, sent: Sent[], accepted: Partial<CommandReply> = {}): Client {
  const { sequence } = world.state.position
  return {
    command: async (type, args, options) => {
      sent.push({ type, args, options })
      const reply = { ok: true, id: '01', sequence: sequence + sent.length, ...accepted }
      // The pieces of a reply that a test gives make a whole one together.
      return reply as CommandReply
    },
    query: async (noun, args) => {
      const outcome = await answerQuery(world, noun, args)
      if (outcome.ok) return { ok: true, sequence, at: world.now, data: outcome.data }
      const { refused, remedy } = outcome.refusal
      const message = refusalText(outcome.refusal)
      const refusal = { code: refused, message, ...(remedy === undefined ? {} : { remedy }) }
      return { ok: false, sequence, refusal }
    },
    watch: () => ({ next: async () => {}, stop: () => {} }),
    jetStream: async () => '',
    close: async () => {},
  }
}

/** The example with n2 gone, so that something is stale and something is wrong. */
function world(): World {
  const story = exampleStory()
  story.tell('fact.node-offline', [{ type: 'node.disconnected', node: 'n2' }])
  return story.world(seen(exampleReports()))
}

/** Files that hold passphrases; `-` is standard input. */
const secrets: Readonly<Record<string, string>> = {
  '-': 'correct horse\n',
  two: 'one\ntwo\n',
}

async function varve(line: string, accepted: Partial<CommandReply> = {}) {
  const sent: Sent[] = []
  let out = ''
  let err = ''
  const code = await run(line.split(/\s+/).filter(Boolean), {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    width: undefined,
    isInteractive: false,
    secrets: { read: async (path) => secrets[path] ?? '', ask: undefined },
    signal: new AbortController().signal,
    connect: async () => fakeClient(world(), sent, accepted),
  })
  return { code, out, err, sent }
}

/** `varve …` prints what it prints; `send …` shows the command that would go out. */
async function answer(line: string): Promise<string> {
  const [verb = '', ...rest] = line.split(' ')
  const { code, out, err, sent } = await varve(
    [...rest, ...(verb === 'send' ? ['--async'] : [])].join(' '),
  )
  if (verb === 'send') {
    const lines = sent.map(({ type, args }) => `${type} ${JSON.stringify(args)}`)
    return lines.length > 0 ? lines.join('\n') : `${err}exit ${code}`
  }
  const errors = err === '' ? '' : `stderr: ${err.trimEnd().replaceAll('\n', '\nstderr: ')}\n`
  return `${out.replaceAll(/\n\n+/g, '\n')}${errors}exit ${code}`
}

test.each(['lists', 'show', 'explain', 'arguments'])('conversation: %s', async (name) => {
  await scenario(fileURLToPath(new URL(`testdata/${name}.txt`, import.meta.url)), answer)
})

test('options of every verb reach the command', async () => {
  const { sent } = await varve('--reason why --if-sequence 7 node delete n1 --plan --async')
  expect(sent).toMatchObject([
    { type: 'node.delete', options: { reason: 'why', ifSequence: 7, plan: true } },
  ])
})

test('a command that places waits until all is settled, and says what it waits for', async () => {
  const { code, err } = await varve('resource auto-place web --timeout 0.3')
  expect(code).toBe(10)
  expect(err).toContain('it goes on by itself')
  expect(err).toContain('web on n2 is Offline')
})

test('a refusal is printed with its remedy, and has the exit code of its kind', async () => {
  const refusal = { code: 'pool-too-small', message: 'No room.', remedy: 'Make some.' }
  const refused = { ok: false, refusal } as Partial<CommandReply>
  const table = await varve('volume-definition create web 1G', refused)
  expect(table).toMatchObject({ code: 6, out: '', err: 'No room.\nMake some.\n' })
  const json = await varve('volume-definition create web 1G -o json', refused)
  expect(JSON.parse(json.out)).toEqual({ ok: false, refusal })
})

test.each([
  ['node', 'N11', 'Did you mean n1?'],
  ['resource definition', 'webb', 'Did you mean web?'],
  ['resource', 'wep on node n1', 'Did you mean web on node n1?'],
  ['resource', 'n1 on node web', 'The resource comes first, then the node: web n1.'],
  ['resource group', 'something-else', ''],
  ['snapshot', 'web', ''],
])('%s %s is not found: %s', async (noun, subject, suggestion) => {
  const refusal = { code: 'not-found', message: 'There is none.', noun, subject }
  const { err } = await varve('node delete n1', { ok: false, refusal } as Partial<CommandReply>)
  expect(err.split('\n').slice(0, -1)).toEqual(['There is none.', suggestion].filter(Boolean))
})

test('a plan that changes no node is told by what the log would have, and by its answer', async () => {
  const { out } = await varve('--plan node evacuate n1', {
    result: { moves: { n3: 1 } },
    plan: planOf([{ type: 'node.deletion-started', node: 'n1', operation: '1' }]),
  } as Partial<CommandReply>)
  expect(out.split('\n').slice(1, -1)).toEqual([
    '  deletion of node n1 began',
    '  moves:',
    '    n3: 1',
  ])
})

test('a plan is told as effects on nodes, and nothing is waited for', async () => {
  const { out, code } = await varve('--plan resource create web n1', {
    plan: {
      ...planOf([{ type: 'resource.lost', definition: 'web', node: 'n1' }]),
      entries: [
        { actor: 'alice', command: 'resource.create', events: 0 },
        { actor: 'quorum', command: 'quorum.set', events: 1 },
      ],
      effects: [{ node: 'n1', effects: ['create volume web_00000 of 10 GiB'] }],
      transfers: [{ definition: 'web', node: 'n1', atMostKib: 1024 }],
      redundancy: [
        {
          definition: 'web',
          now: { good: 1, diskful: 1 },
          begun: { good: 1, diskful: 2 },
          done: { good: 2, diskful: 2 },
        },
      ],
    },
  } as Partial<CommandReply>)
  expect(code).toBe(0)
  expect(out.split('\n').slice(0, -1)).toEqual([
    'resource create web n1 would record 1 event; nothing was done.',
    '  of these 1 event by policy quorum: quorum.set',
    '  n1: create volume web_00000 of 10 GiB',
    '  To be copied to n1 for web: 1 MiB at most',
    '  Good copies of web: 1 of 1 now, 1 of 2 at once, 2 of 2 when all is done',
  ])
})

const planOf = (events: readonly VarveEvent[]): CommandPlan => ({
  events: [...events],
  entries: [],
  effects: [],
  transfers: [],
  redundancy: [],
  asPlanned: { sequence: 1, objects: ['node/n1'], outcome: '0'.repeat(64) },
})

test.each([
  ['resource create web n1 n2 --save plan.json', 'A saved plan is of one command'],
  ['undo 3 --save plan.json', 'Plans of one command are saved'],
  ['apply', 'Either a saved plan is applied, or a file of intent'],
  ['apply no-such-plan.json', 'The plan cannot be read'],
])('%s: %s', async (line, problem) => {
  expect(await varve(line)).toMatchObject({ code: 2, err: expect.stringContaining(problem) })
})

test('Ctrl-C ends with 130', async () => {
  const abort = new AbortController()
  const code = await run(['resource', 'auto-place', 'web'], {
    out: () => {},
    err: () => {},
    width: undefined,
    isInteractive: false,
    secrets: { read: async () => '', ask: undefined },
    signal: abort.signal,
    connect: async () => {
      const client = fakeClient(world(), [])
      const next = async () => {
        abort.abort()
        abort.signal.throwIfAborted()
      }
      return { ...client, watch: () => ({ next, stop: () => {} }) }
    },
  })
  expect(code).toBe(130)
})
