import { expect, test } from 'vitest'
import { emptyInventory, type Inventory } from './core/inventory.ts'
import { lv, replicated } from './given.ts'
import { createPardon } from './pardon.ts'

const pool = (poolProblem?: 'data-full') => ({
  ...lv({ key: 'vg0/thin', isPool: true, dataPercent: 50 }),
  ...(poolProblem ? { poolProblem } : {}),
})

function seen(state: 'present' | 'missing', problem?: 'data-full', lost = ['web/0']): Inventory {
  return {
    ...emptyInventory,
    places: new Map([['vg0', { state }]]),
    objects: new Map([['vg0/thin', pool(problem)]]),
    drbd: { ...emptyInventory.drbd, lostDisks: new Set(lost) },
  }
}

test('a disk that is lost in a pool that is well stays away', () => {
  const pardon = createPardon()
  expect(pardon([replicated()], seen('present'))).toEqual([])
  expect(pardon([replicated()], seen('present'))).toEqual([])
})

test('one that was lost while its pool was gone, or full, comes back with it, once', () => {
  for (const trouble of [seen('missing'), seen('present', 'data-full')]) {
    const pardon = createPardon()
    expect(pardon([replicated()], trouble)).toEqual([])
    expect(pardon([replicated()], seen('present'))).toEqual(['web'])
    expect(pardon([replicated()], seen('present'))).toEqual([])
  }
})

test('what was attached meanwhile by somebody is nothing to pardon when it is lost again', () => {
  const pardon = createPardon()
  pardon([replicated()], seen('missing'))
  pardon([replicated()], seen('missing', undefined, []))
  expect(pardon([replicated()], seen('present'))).toEqual([])
})
