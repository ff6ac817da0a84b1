/**
 * Every operation × every one of its steps × what may happen then: each run plays a share of them,
 * another one each time; `./dev sim --matrix` plays all.
 */
import { expect, test } from 'vitest'
import { happenings } from './happenings.ts'
import { matrixCases, playCase } from './matrix.ts'
import { operations } from './operations.ts'

const share = 16

test('whatever happens at a step of an operation is named, and in the end all is as it was to be', async () => {
  const cases = await matrixCases()
  for (const { what } of operations) {
    const own = cases.filter(({ operation }) => operation.what === what)
    expect(own.length, what).toBeGreaterThanOrEqual(happenings.length)
  }
  const first = Math.floor(Math.random() * share)
  for (const each of cases.filter((_, index) => index % share === first)) {
    const again = `./dev sim --matrix --case '${each.name}' plays it again`
    expect(await playCase(each), again).toEqual([])
  }
}, 300_000)
