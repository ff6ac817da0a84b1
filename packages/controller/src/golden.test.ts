/** Every release's golden journal folds to its state hash, for ever. */
import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Block, evolvers, genesis } from '@varve/events'
import { expect, test } from 'vitest'
import { foldLines, stateHash } from './book.ts'

const folder = new URL('../testdata/golden/', import.meta.url).pathname
const read = (name: string) => readFileSync(`${folder}${name}`, 'utf8').trim()
const journals = readdirSync(folder).filter((name) => name.endsWith('.journal'))

for (const name of journals) {
  test(`${name} is chained, well-formed, and folds to the state it folded to when it was new`, () => {
    const lines = read(name).split('\n')
    let prev: string = genesis
    for (const line of lines) {
      expect(Block.parse(JSON.parse(line)).prev).toBe(prev)
      prev = hash('sha256', line, 'hex')
    }
    expect(stateHash(foldLines(lines))).toBe(read(name.replace('.journal', '.state-hash')))
  })
}

test('together the golden journals have every event there is', () => {
  const seen = new Set<string>()
  for (const name of journals) {
    for (const line of read(name).split('\n')) {
      for (const { events } of Block.parse(JSON.parse(line)).entries) {
        for (const { type } of events) seen.add(type)
      }
    }
  }
  expect(Object.keys(evolvers).filter((type) => !seen.has(type))).toEqual([])
})
