import { invariants, isRefusal, refusalText } from '@varve/events'
import { expect, test } from 'vitest'
import { exampleStory } from '../testing/example.ts'
import { readCheck } from './expression.ts'

const { state } = exampleStory().world()

function check(text: string) {
  const found = readCheck(text)
  if (isRefusal(found)) return refusalText(found)
  return found(state) ?? 'holds'
}

test.each([
  ['all', 'holds'],
  ['minor-unique', 'holds'],
  ['nodes >= 3', 'holds'],
  ['nodes>99', ['nodes: 3, and not > 99']],
  ['replicas of web = 2', 'holds'],
  ['good-copies of web >= 3', ['good-copies of web: 2, and not >= 3']],
  ['good-copies of nothing >= 3', 'holds'],
])('%s', (text, told) => expect(check(text)).toEqual(told))

test('without a name, it has to hold for each definition', () => {
  expect(check('replicas >= 1')).toEqual(['replicas of db: 0, and not >= 1'])
})

test('what is not understood names all that is', () => {
  const told = String(check('moons > 3'))
  for (const name of Object.keys(invariants)) expect(told).toContain(name)
  expect(told).toContain('good-copies')
})
