import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Entry } from '@varve/events'
import { expect, test } from 'vitest'
import { openJournal } from './log/journal.ts'
import { Memory } from './memory.ts'

const about = (definition: string): readonly Entry[] => [
  {
    id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    at: 1,
    actor: { kind: 'system', name: 'c1', via: 'controller' },
    command: { type: 'fact.resource-observed', args: {} },
    events: [{ type: 'resource-definition.deleted', definition }],
  },
]

test('what comes while older blocks are read stands after them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'varve-memory-'))
  try {
    await using journal = await openJournal(join(directory, 'journal'))
    for (let sequence = 1; sequence <= 40; sequence += 1) {
      const { hash } = journal.last
      await journal.append([Buffer.from(`{"v":1,"term":1,"prev":"${hash}","entries":[]}`)])
    }
    const memory = new Memory({ journal, upTo: 40, readEntries: () => about('web') })
    memory.add(about('web'), 41)
    expect(memory.index.has('resource-definition/web')).toBe(false)
    await memory.ready
    memory.add(about('web'), 42)
    const sequences = [...memory.index.of('resource-definition/web')].map((row) => row.sequence)
    expect(sequences).toEqual(Array.from({ length: 42 }, (_, index) => 42 - index))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
