import { expect, test } from 'vitest'
import { parseInfo, parseMappings } from './parse.ts'

test('mappings with their UUIDs, offsets and flags, whatever else device-mapper has', () => {
  const uuids = parseInfo(
    [
      'vg0-thin_tdata|LVM-abc',
      'Linstor-Crypt-web_00000|CRYPT-LUKS2-0123-Linstor-Crypt-web_00000',
      'backup|CRYPT-PLAIN-backup',
    ].join('\n'),
  )
  const table = [
    'Linstor-Crypt-web_00000: 0 376832 crypt aes-xts-plain64 :64:logon:cryptsetup:0123-d0 0 253:5 32768',
    'backup: 0 1000 crypt aes-xts-plain64 00000000000000000000000000000000 0 7:0 8192 1 allow_discards',
    'odd: 0 8 crypt aes-xts-plain64 0000 0 7:1 4096 3 allow_discards same_cpu_crypt iv_large_sectors',
  ].join('\n')
  expect([...parseMappings(table, uuids).values()]).toEqual([
    {
      name: 'Linstor-Crypt-web_00000',
      uuid: 'CRYPT-LUKS2-0123-Linstor-Crypt-web_00000',
      sizeKib: 188_416,
      offsetKib: 16_384,
      allowsDiscards: false,
    },
    {
      name: 'backup',
      uuid: 'CRYPT-PLAIN-backup',
      sizeKib: 500,
      offsetKib: 4096,
      allowsDiscards: true,
    },
    { name: 'odd', uuid: '', sizeKib: 4, offsetKib: 2048, allowsDiscards: true },
  ])
})

test('an empty list is a sentence', () => {
  expect(parseInfo('No devices found\n').size).toBe(0)
  expect(parseMappings('No devices found\n', new Map()).size).toBe(0)
})
