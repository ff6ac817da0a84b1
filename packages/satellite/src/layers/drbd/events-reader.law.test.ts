/** However the dumps follow each other, reading them by what changed says what reading them does. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEventsReader } from './events-reader.ts'
import { parseEvents } from './parse.ts'

const name = fc.constantFrom('web', 'db', 'name')
const line = fc.oneof(
  name.map((n) => `exists resource name:${n} role:Secondary suspended:no`),
  fc
    .tuple(name, fc.constantFrom('UpToDate', 'Diskless'))
    .map(([n, disk]) => `exists device name:${n} volume:0 minor:1000 disk:${disk}`),
  fc
    .tuple(name, fc.constantFrom('Connected', 'Connecting'))
    .map(([n, c]) => `exists connection name:${n} peer-node-id:1 conn-name:n2 connection:${c}`),
  name.map((n) => `exists path name:${n} peer-node-id:1 local:ipv4:10.0.0.1:7000 established:yes`),
  fc.constantFrom('', 'call helper', 'exists -', 'nonsense name:', 'exists resource role:Primary'),
)
const dump = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'))

test('a dump is read as if it were the first', () => {
  fc.assert(
    fc.property(fc.array(dump, { minLength: 1, maxLength: 5 }), (dumps) => {
      const read = createEventsReader()
      for (const text of dumps) expect(read(text)).toEqual(parseEvents(text))
    }),
  )
})

test('a resource whose lines are as they were is the same object', () => {
  const read = createEventsReader()
  const web = 'exists resource name:web role:Secondary'
  const before = read(`${web}\nexists resource name:db role:Secondary\nexists -\n`).resources
  const now = read(`exists resource name:db role:Primary\n${web}\nexists -\n`).resources
  expect(now.get('web')).toBe(before.get('web'))
  expect(now.get('db')).toMatchObject({ role: 'Primary' })
})
