import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stepArgv } from '../../core/step.ts'
import { lv, storage } from '../../given.ts'
import { ownerValue, readOwner } from './mark.ts'
import { wholeBlocks, zfs } from './steps.ts'

/** ZFS has block sizes from 512 bytes to 16 MiB; below one KiB every size is whole blocks. */
const blockKib = fc.integer({ min: 0, max: 14 }).map((power) => 2 ** power)
const sizeKib = fc.integer({ min: 4, max: 2 ** 40 })

test('a size in whole blocks is at least what was asked for, and less than one block more', () => {
  fc.assert(
    fc.property(sizeKib, blockKib, (asked, block) => {
      const size = wholeBlocks(asked, block)
      expect(size % block).toBe(0)
      expect(size).toBeGreaterThanOrEqual(asked)
      expect(size - asked).toBeLessThan(block)
      expect(wholeBlocks(size, block)).toBe(size)
    }),
  )
})

test('a volume never shrinks, grows in whole blocks of its own, and once is enough', () => {
  fc.assert(
    fc.property(sizeKib, sizeKib, blockKib, (asked, had, block) => {
      const wanted = storage({ provider: 'ZFS', backing: 'tank', sizeKib: asked })
      const object = { ...lv(), blockKib: block, sizeKib: wholeBlocks(had, block) }
      const steps = zfs.grow(wanted, object)
      const size = steps
        .flatMap((step) => /^volsize=(\d+)K$/.exec(stepArgv(step)[2] ?? '')?.[1] ?? [])
        .map(Number)
      expect(size.length).toBe(object.sizeKib < asked ? 1 : 0)
      for (const each of size) {
        expect(each).toBeGreaterThan(object.sizeKib)
        expect(each % block).toBe(0)
        expect(zfs.grow(wanted, { ...object, sizeKib: each })).toEqual([])
      }
    }),
  )
})

const dataset = fc.stringMatching(/^[a-z][a-z0-9_.:-]{0,9}(\/[a-z0-9_][a-z0-9_.:-]{0,9}){0,3}$/)

test('any owner survives being a mark, on its own dataset and on no other', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), dataset, dataset, (owner, own, other) => {
      const value = ownerValue(owner, own)
      expect(value).toMatch(/^[A-Za-z0-9_+.\-/!:#&%]*@[a-z0-9_.:/-]+$/)
      expect(readOwner(value, own)).toBe(owner.toWellFormed())
      if (other !== own) expect(readOwner(value, other)).toBeUndefined()
    }),
  )
})
