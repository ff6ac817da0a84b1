import { expect, test } from 'vitest'
import { createFileReader } from './file-reader.ts'

/** Files with their stamps; `undefined` says that it cannot be told. */
function given(files: Map<string, { text: string; stamp: string | undefined }>) {
  const reads: string[] = []
  const read = createFileReader({
    readFile: (path) => {
      reads.push(path)
      return Promise.resolve(files.get(path)?.text)
    },
    stamp: (path) => Promise.resolve(files.get(path)?.stamp),
  })
  return { read, reads }
}

test('only what has another stamp, or none, is read again', async () => {
  const files = new Map([
    ['same', { text: 'a', stamp: '1' }],
    ['changed', { text: 'b', stamp: '1' }],
    ['unsure', { text: 'c', stamp: undefined }],
    ['gone', { text: 'd', stamp: '1' }],
  ])
  const { read, reads } = given(files)
  await read([...files.keys()])
  files.set('changed', { text: 'B', stamp: '2' })
  files.set('unsure', { text: 'C', stamp: undefined })
  files.delete('gone')
  reads.length = 0
  const now = await read(['same', 'changed', 'unsure', 'gone', 'never'])
  expect(Object.fromEntries(now)).toEqual({ same: 'a', changed: 'B', unsure: 'C' })
  expect(reads).toEqual(['changed', 'unsure', 'gone', 'never'])
})

test('what changes while it is read is read again', async () => {
  const file = { text: 'a', stamp: '1' }
  const read = createFileReader({
    readFile: () => {
      const { text } = file
      Object.assign(file, { text: 'b', stamp: '2' })
      return Promise.resolve(text)
    },
    stamp: () => Promise.resolve(file.stamp),
  })
  expect((await read(['x'])).get('x')).toBe('a')
  expect((await read(['x'])).get('x')).toBe('b')
})
