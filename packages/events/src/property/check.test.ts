import { expect, test } from 'vitest'
import { checkDelete, checkProperty, keysBelow, normaliseKey } from './check.ts'
import type { PropertyLevel } from './row.ts'
import { propertyRowOf, propertyRows } from './rows.ts'
import { normaliseValue } from './value.ts'

const stored = (level: PropertyLevel, key: string, value: string) => {
  const checked = checkProperty(level, key, value)
  return checked.ok ? checked.value : `no: ${checked.problem}`
}

test('every row has a sentence of help, a level of its own, and a default that it accepts', () => {
  expect(propertyRows.length).toBeGreaterThan(280)
  const seen = new Set<string>()
  for (const row of propertyRows) {
    expect(row.help, row.key).toMatch(/^.{8,}[.]$/)
    expect(row.levels.length, row.key).toBeGreaterThan(0)
    expect(seen.has(row.key), `${row.key} stands twice`).toBe(false)
    seen.add(row.key)
    if (row.default !== undefined) {
      expect(normaliseValue(row.value, row.default), row.key).toBe(row.default)
    }
  }
})

test.each([
  ['controller', 'DrbdOptions/Net/allow-two-primaries', 'Yes', 'yes'],
  ['controller', 'DrbdOptions/Net/allow-two-primaries', 'true', 'yes'],
  ['resource-definition', 'CopyAllSnaps', 'YES', 'true'],
  ['controller', 'DrbdOptions/Net/protocol', 'c', 'C'],
  ['resource-group', 'DrbdOptions/Net/timeout', ' 060 ', '60'],
  ['controller', 'BackupShipping/MaxConcurrentBackupsPerNode', '-1', '-1'],
  ['storage-pool', 'MaxOversubscriptionRatio', '2.5', '2.5'],
  ['resource-definition', 'DrbdOptions/Resource/quorum', 'Majority', 'majority'],
  ['resource-definition', 'DrbdOptions/Resource/quorum', '2', '2'],
  ['controller', 'TcpPortAutoRange', '7005-7010, 7000-7004,9000', '7000-7010,9000'],
  ['controller', 'MinorNrAutoRange', '1000-1000', '1000-1000'],
  ['node', 'Aux/site/rack', 'any text', 'any text'],
  ['resource-definition', 'files/etc/multipath.conf', 'true', 'True'],
  ['volume-group', 'Cache/Cachesize', '7.5%', '7.5%'],
] as const)('%s %s accepts %s and stores %s', (level, key, value, normal) => {
  expect(stored(level, key, value)).toBe(normal)
})

test.each([
  ['controller', 'DrbdOptions/Net/timeout', '601', 'a whole number from 1 to 600 (1/10 seconds)'],
  ['controller', 'DrbdOptions/Net/timeout', '6s', 'a whole number from 1 to 600'],
  ['controller', 'DrbdOptions/Net/protocol', 'D', 'one of A, B, C'],
  ['controller', 'CopyAllSnaps', 'perhaps', 'true or false'],
  ['controller', 'MinorNrAutoRange', '1-5,7-9', 'a range within 0-1048575'],
  ['controller', 'TcpPortAutoRange', '8000-7000', 'ranges such as'],
  ['node', 'PrefNic', 'x', 'a name of 3 to 48'],
  ['storage-pool', 'MaxOversubscriptionRatio', '-1', 'a number from 0 to 1000'],
  [
    'controller',
    'DrbdOptions/Resource/quorum',
    '33',
    'off, majority, all or a whole number from 1',
  ],
] as const)('%s %s refuses %s and says: %s', (level, key, value, expected) => {
  const told = stored(level, key, value)
  expect(told).toContain(JSON.stringify(value))
  expect(told).toContain(expected)
})

test('an unknown key names the nearest one, or the way to free data', () => {
  expect(stored('controller', 'DrbdOptions/Net/protokol', 'C')).toContain(
    'the nearest known key is DrbdOptions/Net/protocol',
  )
  expect(stored('node', 'colour', 'red')).toContain('keys of your own begin with Aux/')
})

test('a key of another level says where it belongs', () => {
  expect(stored('node', 'DrbdOptions/Net/protocol', 'C')).toContain(
    'it belongs to controller, resource definition, resource group',
  )
})

test('what Varve writes itself can be neither set nor deleted', () => {
  expect(stored('controller', 'Cluster/LocalID', 'x')).toContain('the controller alone writes')
  expect(checkDelete('resource', 'Internal/Drbd/QuorumSetBy')).toMatchObject({ ok: false })
  expect(propertyRowOf('StorDriver/internal/minIoSize')?.writer).toBe('satellite')
})

test('deleting needs a known key, too', () => {
  expect(checkDelete('node', '/Aux//zone/')).toEqual({ ok: true, key: 'Aux/zone' })
  expect(checkDelete('node', 'nonsense')).toMatchObject({ ok: false })
})

test('keys are paths of at most 256 characters', () => {
  expect(normaliseKey('//Aux//a/b/')).toBe('Aux/a/b')
  expect(stored('node', '///', 'x')).toContain('at least one character')
  expect(stored('node', `Aux/${'x'.repeat(253)}`, 'x')).toContain('257 characters; at most 256')
  expect(stored('node', `Aux/${'x'.repeat(252)}`, 'x')).toBe('x')
})

test('a namespace covers what lies below it, not what merely begins alike', () => {
  const props = { 'Aux/a': '1', 'Aux/a/b': '2', 'Aux/ab': '3', Auxiliary: '4' }
  expect(keysBelow(props, '/Aux/a/')).toEqual(['Aux/a/b'])
  expect(keysBelow(props, 'Aux')).toEqual(['Aux/a', 'Aux/a/b', 'Aux/ab'])
  expect(keysBelow(props, '/')).toEqual([])
})

test('no property takes a secret: properties are kept as they are, for ever', () => {
  const places = [
    ['resource-definition', 'DrbdOptions/Net/shared-secret'],
    ['volume-definition', 'Encryption/Passphrase'],
    ['storage-pool', 'SED/dev/sda'],
  ] as const
  for (const [level, key] of places) {
    const checked = checkProperty(level, key, 'my secret words')
    expect(checked).toMatchObject({ ok: false })
    expect(JSON.stringify(checked)).not.toContain('my secret words')
  }
})
