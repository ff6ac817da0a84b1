/** Every decision of the golden logs comes out as it did; one that was changed is found. */
import { readdirSync, readFileSync } from 'node:fs'
import { createState, type Entry, evolveEntry, genesis } from '@varve/events'
import { expect, it } from 'vitest'
import { readEntries } from '../../log/block.ts'
import { type Difference, decisionsOf, rehearse } from './rehearse.ts'

const folder = new URL('../../../testdata/golden/', import.meta.url).pathname
const journals = readdirSync(folder).filter((name) => name.endsWith('.journal'))
const blocksOf = (name: string) =>
  readFileSync(`${folder}${name}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => readEntries(Buffer.from(line)))

/** The golden cluster stores each entry in a line of its own, so decisions are put together again. */
function rehearseAll(entries: readonly Entry[]): Difference[] {
  const state = createState(genesis)
  const found: Difference[] = []
  let sequence = 0
  for (const decision of decisionsOf(entries)) {
    sequence += 1
    const difference = rehearse(state, decision, sequence)
    if (difference) found.push(difference)
    for (const entry of decision.entries) evolveEntry(state, entry, sequence)
    state.position.sequence = sequence
  }
  return found
}

it.each(journals)('%s: no decision would differ', (name) => {
  expect(rehearseAll(blocksOf(name).flat())).toEqual([])
})

it('names the decision that differs, and leaves the fold as the log has it', () => {
  const entries = blocksOf(journals[0] ?? '').flat()
  const at = entries.findIndex(({ command }) => command.type === 'net-interface.create')
  const changed = entries.map((entry, index) =>
    index === at
      ? {
          ...entry,
          command: { ...entry.command, args: { node: 'n1', name: 'data', address: '10.9.0.2' } },
        }
      : entry,
  )
  expect(rehearseAll(changed)).toMatchObject([
    {
      command: 'net-interface.create',
      difference: expect.stringMatching(/Event 1 was .*10\.9\.0\.1.* and would be .*10\.9\.0\.2/),
    },
  ])
})
