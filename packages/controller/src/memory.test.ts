import type { Entry } from '@varve/events'
import { expect, test } from 'vitest'
import { emptyMemory, memoryLines, memoryReader, remember } from './memory.ts'

const elected: Entry = {
  id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  at: 1,
  actor: { kind: 'system', name: 'c2', via: 'controller' },
  command: { type: 'leader.elect', args: {} },
  events: [{ type: 'leader.elected', term: 2, controller: 'c2' }],
}

test('a memory read back knows who leads and where each object’s entries stand', () => {
  const memory = emptyMemory()
  memory.state.position.sequence = 7
  remember(memory, [elected], 7)
  const reader = memoryReader()
  for (const line of memoryLines(memory)) reader.take(line)
  const read = reader.finish()
  expect(read.leader).toBe('c2')
  expect(read.state.position).toEqual(memory.state.position)
  expect([...read.history.of('controller')]).toEqual([{ sequence: 7, index: 0 }])
})

test('a memory of nothing is one of nothing', () => {
  const reader = memoryReader()
  for (const line of memoryLines(emptyMemory())) reader.take(line)
  expect(reader.finish().leader).toBeUndefined()
})
