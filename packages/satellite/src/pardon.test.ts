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

function pardoning() {
  const forgiven: string[] = []
  const pardon = createPardon({ forgive: (resource) => void forgiven.push(resource) })
  return (seen: Inventory) => {
    forgiven.length = 0
    pardon([replicated()], seen)
    return [...forgiven]
  }
}

test('a disk that is lost in a pool that is well stays away', () => {
  const pardon = pardoning()
  expect(pardon(seen('present'))).toEqual([])
  expect(pardon(seen('present'))).toEqual([])
})

test('one that was lost while its pool was gone, or full, comes back with it, once', () => {
  for (const trouble of [seen('missing'), seen('present', 'data-full')]) {
    const pardon = pardoning()
    expect(pardon(trouble)).toEqual([])
    expect(pardon(seen('present'))).toEqual(['web'])
    expect(pardon(seen('present'))).toEqual([])
  }
})

test('what was attached meanwhile by somebody is nothing to pardon when it is lost again', () => {
  const pardon = pardoning()
  pardon(seen('missing'))
  pardon(seen('missing', undefined, []))
  expect(pardon(seen('present'))).toEqual([])
})
