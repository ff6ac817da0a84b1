import type { DesiredFile, ObservedFile } from '@varve/events'
import { expect, test } from 'vitest'
import { silent } from '../given-machine.ts'
import { recordedHost } from '../host/record.ts'
import { realClock } from '../ports.ts'
import { createFileKeeper } from './keeper.ts'
import { notesPath } from './notes.ts'

const path = '/etc/reactor.d/web.toml'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const file = (text: string, more: Partial<DesiredFile> = {}): DesiredFile => ({
  path,
  content: base64(text),
  altSuffixes: [],
  ...more,
})

/** One satellite's life: it is given these files, and tells what has come of them. */
function satelliteOn(host: ReturnType<typeof recordedHost>, directories = ['/etc/reactor.d']) {
  return async (...files: DesiredFile[]): Promise<readonly ObservedFile[]> => {
    const stop = new AbortController()
    const told: (readonly ObservedFile[])[] = []
    const keeper = createFileKeeper({
      host,
      clock: realClock,
      log: silent,
      signal: stop.signal,
      allowFiles: directories,
      isHalted: () => false,
      onFiles: (_, files) => {
        told.push(files)
        // The first is said before there is a document.
        if (told.length > 1) stop.abort()
      },
    })
    keeper.setNode({ v: 1, term: 1, from: 1, node: 'n1', pools: [], props: {}, files })
    await keeper.run()
    return told.at(-1) ?? []
  }
}

const machine = (files: Record<string, string> = {}) =>
  recordedHost({ answer: () => undefined, files })

test('a file comes, changes and goes', async () => {
  const host = machine()
  const give = satelliteOn(host)
  expect(await give(file('one'))).toMatchObject([{ path, at: path, isCurrent: true }])
  expect(host.files.get(path)).toBe('one')
  await give(file('two'))
  expect(host.files.get(path)).toBe('two')
  expect(await give()).toEqual([])
  expect(host.files.has(path)).toBe(false)
})

test('what others wrote stays, whether it was there before or came after', async () => {
  const host = machine({ [path]: 'theirs' })
  const give = satelliteOn(host)
  const [before] = await give(file('ours'))
  expect(before?.problem).toMatch('Varve did not write it')
  await give()
  expect(host.files.get(path)).toBe('theirs')
  host.files.delete(path)
  await give(file('ours'))
  host.files.set(path, 'edited')
  const [after] = await give(file('newer'))
  expect(after?.problem).toMatch('changed by somebody')
  await give()
  expect(host.files.get(path)).toBe('edited')
})

test('what was there with the same content is not removed', async () => {
  const host = machine({ [path]: 'same' })
  const give = satelliteOn(host)
  expect(await give(file('same'))).toMatchObject([{ path, at: path, isCurrent: true }])
  await give()
  expect(host.files.get(path)).toBe('same')
})

test('only directories in the list are written into, to the letter', async () => {
  const host = machine()
  const [told] = await satelliteOn(host, ['/etc', '/etc/reactor.d/below'])(file('x'))
  expect(told?.problem).toMatch('does not have a whitelisted parent')
  expect(host.files.has(path)).toBe(false)
})

test('a file under another suffix is the same file', async () => {
  const host = machine()
  const give = satelliteOn(host)
  const altSuffixes = ['.disabled']
  await give(file('one', { altSuffixes }))
  host.files.delete(path)
  host.files.set(`${path}.disabled`, 'one')
  // Renamed by drbd-reactor: it is where it is, and has what it is to have.
  const disabled = { path, at: `${path}.disabled`, isCurrent: true }
  expect(await give(file('one', { altSuffixes }))).toMatchObject([disabled])
  expect(host.files.has(path)).toBe(false)
})

test('killed between the note and the write, it goes on; without notes it takes nothing for its own', async () => {
  const host = machine()
  const give = satelliteOn(host)
  const killed = { ...host, placeFile: () => Promise.reject(new Error('EIO')) }
  const [failed] = await satelliteOn(killed)(file('one'))
  expect(failed?.problem).toBe('EIO')
  expect(host.files.get(notesPath)).toMatch(path)
  await give(file('one'))
  expect(host.files.get(path)).toBe('one')
  host.files.set(notesPath, 'rubbish')
  const [told] = await give(file('two'))
  expect(told?.problem).toMatch('Varve did not write it')
})
