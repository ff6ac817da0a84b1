/** Every page of docs/guide is played as it stands: its commands, in their order, and what they show. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findVerb } from '../../packages/cli/src/verbs.ts'
import { wordsOf } from '../stories/operator.ts'
import { namedCommands, readPage } from './page.ts'
import { play } from './play.ts'

const directory = join(import.meta.dirname, '../../docs/guide')
const pages = readdirSync(directory).filter((name) => name.endsWith('.md'))

test.concurrent.each(pages.filter((name) => name !== 'README.md'))('%s', async (name) => {
  const text = readFileSync(join(directory, name), 'utf8')
  for (const named of namedCommands(text)) {
    const [, noun = '', verb] = wordsOf(named)
    const isKnown = noun === 'run' || findVerb(noun, verb) !== undefined
    expect(isKnown, `${name} names ${named}`).toBe(true)
  }
  const acts = readPage(text)
  expect(acts.some(({ kind }) => kind === 'command')).toBe(true)
  await play(acts)
})

test('the list of pages has every page', () => {
  const list = readFileSync(join(directory, 'README.md'), 'utf8')
  const linked = [...list.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name]) => name)
  expect(linked.toSorted()).toEqual(pages.filter((name) => name !== 'README.md').toSorted())
})
