import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkProperty } from './check.ts'
import { readCreationOptions, splitWords } from './creation-options.ts'

test('words are split as a shell would', () => {
  expect(splitWords(' a  "b c"\td\\ e \'f "g\' h"i"j ""')).toEqual([
    ...['a', 'b c', 'd e', 'f "g', 'hij', ''],
  ])
  expect(splitWords('')).toEqual([])
  for (const open of ['"a', "it's", 'a\\']) expect(splitWords(open)).toBeUndefined()
})

test('options of the layout are passed on, in every spelling', () => {
  const words = ['-i', '2', '-I64', '--stripes=2', '--alloc', 'anywhere', '-y', '/dev/sdb:0-9']
  expect(readCreationOptions('lvcreate', words.join(' '))).toEqual({ ok: true, words })
  const zfs = ['-b', '16K', '-o', 'compression=lz4', '-oorg.me:note=a b']
  const text = "-b 16K -o compression=lz4 '-oorg.me:note=a b'"
  expect(readCreationOptions('zfs create', text)).toEqual({ ok: true, words: zfs })
})

test('of snapshots only what is no other object, and no layout', () => {
  expect(readCreationOptions('lvcreate --snapshot', '-r none --addtag mine').ok).toBe(true)
  for (const text of [
    '-i 2',
    '--addtag varve.new',
    '/dev/sdb',
    '--name x',
    '-an',
    '--type raid1',
  ]) {
    expect(readCreationOptions('lvcreate --snapshot', text).ok, text).toBe(false)
  }
  expect(readCreationOptions('zfs snapshot', '-o com.me:kept=yes').ok).toBe(true)
  for (const text of ['-r', '-o io.varve:owner=x', '-o compression=lz4', 'tank/other@s']) {
    expect(readCreationOptions('zfs snapshot', text).ok, text).toBe(false)
  }
})

test('which physical volumes are used is said in another property', () => {
  const key = 'StorDriver/LvcreatePvSelection'
  expect(checkProperty('resource-definition', key, '')).toMatchObject({ ok: true })
  const refused = checkProperty('resource-definition', key, '--sort pv_free')
  expect(refused).toMatchObject({ problem: expect.stringContaining('StorDriver/LvcreateOptions') })
})

test('whatever would name, mark, size, share or hide the object is refused', () => {
  for (const text of [
    ...['--name x', '-n x', '-nx', '--na x', '--size 1G', '-L1G', '-l 100%FREE', '-V 1T'],
    ...['--addtag varve.new', '--addtag=varve:me', '--addtag @varve:me', '--deltag x'],
    ...['--config global{}', '--thinpool p', '-T', '-s', '--snapshot', '-an', '--activate n'],
    ...[
      '--test',
      '-t',
      '-Zn',
      '--zero n',
      '-W n',
      '-p r',
      '-ky',
      'vg1',
      '../x',
      '--',
      '-',
      '-yn x',
    ],
    ...['-i', '-i --name', '--yes=1', '--stripes', '--stripes --name'],
  ]) {
    expect(readCreationOptions('lvcreate', text).ok, text).toBe(false)
  }
  for (const text of [
    ...['-V 1G', '-s', '-n', '-P', '-o volsize=1G', '-o io.varve:owner=x', '-ovolmode=none'],
    ...[
      '-o refreservation=none',
      '-o encryption=on',
      '-o compression',
      'tank/x',
      '/dev/sdb',
      '-pn',
    ],
  ]) {
    expect(readCreationOptions('zfs create', text).ok, text).toBe(false)
  }
})

test('a property with such an option is refused by name', () => {
  const checked = checkProperty('storage-pool', 'StorDriver/LvcreateOptions', '-i 2 --name mine')
  expect(checked).toMatchObject({ ok: false, problem: expect.stringContaining('--stripes') })
  expect(checkProperty('storage-pool', 'StorDriver/LvcreateOptions', '-i 2').ok).toBe(true)
  expect(checkProperty('controller', 'StorDriver/ZfscreateOptions', '-o volsize=1T').ok).toBe(false)
})

test('whatever is accepted holds nothing that could be taken for another name or mark', () => {
  const word = fc.oneof(
    fc.constantFrom('-i', '--stripes', '--addtag', '-y', '-n', '--name', '-o', '/dev/sdb', '2'),
    fc.constantFrom('varve:x', '--addtag=varve:x', '-nx', '-yn', '--nam=x', '"-n"', "'--name'"),
    fc.string({ maxLength: 6 }),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const read = readCreationOptions('lvcreate', words.join(' '))
      if (!read.ok) return
      for (const each of read.words) {
        expect(each).not.toMatch(/^(-n|--n[a]|--size|-L|-l|--thinpool|--config|--addtag=@?varve)/)
      }
    }),
  )
})
