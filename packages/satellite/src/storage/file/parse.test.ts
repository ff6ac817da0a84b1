import { expect, test } from 'vitest'
import { readSidecar, sidecarText } from './mark.ts'
import { parseDf, parseFind, parseLosetup } from './parse.ts'

test('find, losetup and df as util-linux 2.38 and coreutils 9.1 print them', () => {
  expect(parseFind('20971520\t40960\t/srv/p1/a b.img\nnonsense\n')).toEqual([
    { path: '/srv/p1/a b.img', sizeKib: 20_480, allocatedKib: 20_480 },
  ])
  const text = '{"loopdevices":[{"name":"/dev/loop1","back-file":"/srv/p1/g.img"}]}'
  expect(parseLosetup(text)).toEqual(new Map([['/srv/p1/g.img', '/dev/loop1']]))
  expect(parseLosetup('\n')).toEqual(new Map())
  expect(parseLosetup('losetup: error')).toBeUndefined()
  expect(parseDf('1K-blocks  Avail File\n   996780 907324 /srv/p1\n')).toEqual(
    new Map([['/srv/p1', { totalKib: 996_780, freeKib: 907_324, granularityKib: 1 }]]),
  )
})

test('an image without a sidecar is nobody we know', () => {
  expect(readSidecar(undefined)).toEqual({ isNew: false })
  expect(readSidecar(sidecarText('me', 'new'))).toEqual({ owner: 'me', isNew: true })
  expect(readSidecar(sidecarText('me', 'ready'))).toEqual({ owner: 'me', isNew: false })
})
