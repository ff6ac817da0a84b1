import { expect, test } from 'vitest'
import { definition, stateOf } from '../core/allocate/given.ts'
import { nothingTouched } from '../core/desired/touched.ts'
import { Backlog } from './backlog.ts'

const names = (count: number) => Array.from({ length: count }, (_, index) => `web${index}`)

test('what a block touched comes first, and all that waits comes in the end, each once', () => {
  const backlog = new Backlog()
  backlog.addAll(stateOf(names(250).map((name) => definition(name))))
  const touched = { ...nothingTouched(), definitions: new Set(['web7', 'new']) }
  const first = [...backlog.take(touched).definitions]
  expect(first.slice(0, 2)).toEqual(['web7', 'new'])
  const taken = [...first]
  while (!backlog.isEmpty) {
    const slice = backlog.take().definitions
    expect(slice.size).toBeLessThanOrEqual(first.length)
    taken.push(...slice)
  }
  expect(taken.sort()).toEqual([...names(250), 'new'].sort())
})

test('a block that touches more than a slice leaves the rest for later', () => {
  const backlog = new Backlog()
  const definitions = new Set(names(150))
  const first = backlog.take({ ...nothingTouched(), definitions }).definitions
  expect(backlog.isEmpty).toBe(false)
  const rest = backlog.take().definitions
  expect(new Set([...first, ...rest])).toEqual(definitions)
  expect(backlog.isEmpty).toBe(true)
})
