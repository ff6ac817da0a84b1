import { answerQuery } from '@varve/projections'
import { exampleStory } from '@varve/projections/testing'
import { expect, test } from 'vitest'
import type { Session } from '../session.ts'
import { candidates } from './completion.ts'

async function complete(line: string): Promise<string[]> {
  const world = exampleStory().world()
  const query = async (noun: string, args: unknown) => {
    const outcome = await answerQuery(world, noun, args)
    return outcome.ok ? { ok: true, data: outcome.data } : { ok: false }
  }
  const session = { client: async () => ({ query }) }
  // Completion asks one query and uses nothing else of the session.
  return candidates(session as unknown as Session, line.split(' '))
}

test.each([
  ['resource-d', ['resource-definition']],
  ['rd s', ['show', 'set-property']],
  ['resource create w', ['web']],
  ['resource create web n', ['n1', 'n2', 'n3']],
  ['resource create web n1 n', ['n1', 'n2', 'n3']],
  ['rg spawn r', ['rg']],
  ['node create n', []],
  ['history d', ['db']],
  ['storage-pool create lvm n', ['n1', 'n2', 'n3']],
  ['nonsense list x', []],
])('varve %s<TAB>', async (line, expected) => {
  expect((await complete(line)).sort()).toEqual([...expected].sort())
})
