import { createState, genesis } from '@varve/events'
import { expect, test } from 'vitest'
import { answerQuery } from '../query.ts'
import { exampleStory, writeStory } from '../testing/example.ts'
import { namesOf } from './names.ts'

test('names are found by their beginning, in any spelling', () => {
  const story = writeStory()
  for (const node of ['beta', 'Alpha1', 'alpha2', 'alpha10', 'gamma']) {
    story.tell('node.create', [{ type: 'node.created', node, kind: 'Satellite' }])
  }
  const { state } = story.world()
  const find = (prefix: string, limit = 10) => namesOf(state, { kind: 'node', prefix, limit })
  expect(find('AL')).toEqual(['Alpha1', 'alpha10', 'alpha2'])
  expect(find('')).toHaveLength(5)
  expect(find('al', 2)).toHaveLength(2)
  expect(find('zeta')).toEqual([])
  expect(namesOf(createState(genesis), { kind: 'node', prefix: '', limit: 1 })).toEqual([])
})

test('a recorded placement is explained in lines', async () => {
  const outcome = await answerQuery(exampleStory().world(), 'explain-placement', {
    definition: 'WEB',
  })
  expect(outcome).toMatchObject({
    ok: true,
    data: {
      sequence: 13,
      lines: [
        'Wanted: 2 replicas of 10 GiB.',
        'Chosen: n1 (thin), n2 (thin).',
        '',
        'Candidates, best first:',
        '  * n1/thin  1.000  (MaxFreeSpace 1.000)',
        '  * n2/thin  0.500  (MaxFreeSpace 0.500)',
        '',
        'Not possible:',
        '    n3/thin  not now, rule place-count: two were enough',
      ],
    },
  })
})

test('log blocks are shown with their events in words', async () => {
  const outcome = await answerQuery(exampleStory().world(), 'log-block', { sequence: 12 })
  expect(outcome).toMatchObject({
    ok: true,
    data: { entries: [{ events: [{ summary: 'web was defined in group rg' }, {}] }] },
  })
  const beyond = await answerQuery(exampleStory().world(), 'log-block', { sequence: 99 })
  expect(beyond).toMatchObject({ ok: false, refusal: { refused: 'not-found' } })
})
