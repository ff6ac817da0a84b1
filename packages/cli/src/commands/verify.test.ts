import { createHash } from 'node:crypto'
import { genesis } from '@varve/events'
import { expect, test } from 'vitest'
import { verifyChain } from './verify.ts'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** Three chained blocks as the log stores them. */
function chain(terms: readonly number[] = [1, 1, 2]): string[] {
  const blocks: string[] = []
  for (const term of terms) {
    const before = blocks.at(-1)
    const prev = before === undefined ? genesis : hashOf(before)
    blocks.push(JSON.stringify({ v: 1, term, prev, entries: [{ at: blocks.length }] }))
  }
  return blocks
}

async function* each(blocks: readonly string[]) {
  yield* blocks
}

test('a whole chain ends at the hash of its last block', async () => {
  const blocks = chain()
  expect(await verifyChain(each(blocks))).toEqual({
    ok: true,
    blocks: 3,
    term: 2,
    hash: hashOf(blocks[2] ?? ''),
  })
  expect(await verifyChain(each([]))).toMatchObject({ ok: true, blocks: 0, hash: genesis })
})

test('a changed block shows at the next one, a missing one at its place', async () => {
  const [first = '', second = '', third = ''] = chain()
  const changed = second.replace('"at":1', '"at":9')
  expect(await verifyChain(each([first, changed, third]))).toMatchObject({ ok: false, block: 3 })
  expect(await verifyChain(each([first, third]))).toMatchObject({ ok: false, block: 2 })
  expect(await verifyChain(each([second]))).toMatchObject({ ok: false, block: 1 })
})

test('a torn line and a term that falls are found', async () => {
  const [first = '', second = ''] = chain()
  expect(await verifyChain(each([first, second.slice(0, 40)]))).toEqual({
    ok: false,
    block: 2,
    problem: 'it is not a block',
  })
  expect(await verifyChain(each(chain([2, 1])))).toMatchObject({ ok: false, block: 2 })
})
