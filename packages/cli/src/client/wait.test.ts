import { type QueryReply, subjectsOf } from '@varve/events'
import { expect, test } from 'vitest'
import { plain } from '../output/style.ts'
import type { Session } from '../session.ts'
import type { Client } from './client.ts'
import { waitUntilSettled } from './wait.ts'

/** Answers `settled` with these, one after another; the last one for ever. */
function given(answers: readonly object[], timeoutMs = 5000) {
  let asked = 0
  const told: string[] = []
  const watched: string[] = []
  const client: Client = {
    query: async () => {
      asked += 1
      const data = answers[Math.min(asked, answers.length) - 1]
      return { ok: true, sequence: 1, at: 0, data } satisfies QueryReply
    },
    command: async () => Promise.reject(new Error('nothing is sent while waiting')),
    watch: (of) => {
      watched.push(...of(subjectsOf('c')))
      return { next: async () => {}, stop: () => watched.push('stopped') }
    },
    jetStream: async () => '',
    close: async () => {},
  }
  const session = {
    options: { timeoutMs },
    style: plain,
    progress: (text: string) => told.push(text),
    signal: new AbortController().signal,
  }
  // Waiting needs no more of a session than this.
  return { client, session: session as unknown as Session, told, watched }
}

const open = { isSettled: false, isBlocked: false, waiting: ['web on n1 is SyncTarget(3%)'] }
const done = { isSettled: true, isBlocked: false, waiting: [] }

test('asks again after each change until it is settled, telling what it waits for', async () => {
  const { client, session, told, watched } = given([open, open, done])
  const waited = await waitUntilSettled(session, client, { operation: '01' }, 5)
  expect(waited).toEqual({ outcome: 'settled', waiting: [], hasWaited: true })
  expect(told.map((line) => line.replace(/^\d+ s: /, ''))).toEqual([
    ...[open, open].flatMap(({ waiting }) => waiting),
    '',
  ])
  expect(watched).toEqual(['varve.c.changes', 'varve.c.observed.*.*.*', 'stopped'])
})

test('what is there already is not waited for', async () => {
  const { client, session } = given([done])
  expect(await waitUntilSettled(session, client, { operation: '01' })).toMatchObject({
    hasWaited: false,
  })
})

test('gives up at the deadline and says what was missing', async () => {
  const { client, session } = given([open], 300)
  expect(await waitUntilSettled(session, client, { operation: '01' })).toEqual({
    outcome: 'timeout',
    waiting: open.waiting,
  })
})
