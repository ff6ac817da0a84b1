import { expect, test, vi } from 'vitest'
import { manualClock } from './given-machine.ts'
import { createPublisher } from './publish.ts'

function given() {
  const sent: string[] = []
  const clock = manualClock()
  const publisher = createPublisher({
    send: (_, body) => sent.push(body),
    clock,
    signal: new AbortController().signal,
  })
  const offer = (state: string, done: number, at = clock.now()) =>
    publisher.offer('s', { at, state, done } as { at: number }, state)
  const seen = () => sent.map((body) => `${JSON.parse(body).state} ${JSON.parse(body).done}`)
  return { clock, publisher, offer, seen }
}

test('a change of state is sent at once, the same again not at all', () => {
  const { offer, seen, clock } = given()
  offer('sync', 1)
  clock.advance(10)
  offer('sync', 1)
  offer('done', 1)
  expect(seen()).toEqual(['sync 1', 'done 1'])
})

test('progress is sent once a second, and only its latest', async () => {
  const { offer, seen, clock } = given()
  for (let i = 0; i < 50; i += 1) offer('sync', i)
  expect(seen()).toEqual(['sync 0'])
  clock.advance(1_000)
  await vi.waitFor(() => expect(seen()).toEqual(['sync 0', 'sync 49']))
})

test('progress that waits is dropped when the state changes first', async () => {
  const { offer, seen, clock } = given()
  offer('sync', 1)
  offer('sync', 2)
  offer('done', 3)
  clock.advance(2_000)
  await new Promise((resolve) => setImmediate(resolve))
  expect(seen()).toEqual(['sync 1', 'done 3'])
})

test('everything is sent again when asked for', () => {
  const { offer, seen, publisher } = given()
  offer('sync', 1)
  publisher.republish()
  expect(seen()).toEqual(['sync 1', 'sync 1'])
})
