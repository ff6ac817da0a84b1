import { expect, test } from 'vitest'
import { drbdSection, writeDrbdOption } from './drbd-options.ts'

test('a section holds the options of the chain, the nearest object first', () => {
  const definition = { 'DrbdOptions/Net/protocol': 'A', 'DrbdOptions/Resource/quorum': 'majority' }
  const controller = { 'DrbdOptions/Net/protocol': 'C', 'DrbdOptions/Net/timeout': '80' }
  expect(drbdSection('Net', [definition, undefined, controller])).toEqual({
    protocol: 'A',
    timeout: '80',
  })
  expect(drbdSection('Resource', [definition, controller])).toEqual({ quorum: 'majority' })
})

test('what would make drbdadm refuse the file is left out', () => {
  const props = {
    'DrbdOptions/Net/timeout': 'soon',
    'DrbdOptions/Net/invented': '1',
    'DrbdOptions/Net/shared-secret': 'chosen by a user',
    'DrbdOptions/Net/ping-int': '5',
    'DrbdOptions/Handlers/quorum-lost': 'reboot"; evil "',
  }
  expect(drbdSection('Net', [props])).toEqual({ 'ping-int': '5' })
  expect(drbdSection('Handlers', [props])).toEqual({})
})

test('words stand in quotes, numbers and yes or no do not', () => {
  expect(writeDrbdOption('Net', 'protocol', 'C')).toBe('protocol "C"')
  expect(writeDrbdOption('Net', 'timeout', '60')).toBe('timeout 60')
  expect(writeDrbdOption('Disk', 'disk-flushes', 'no')).toBe('disk-flushes no')
  expect(writeDrbdOption('Resource', 'quorum', '2')).toBe('quorum 2')
  expect(writeDrbdOption('Handlers', 'fence-peer', '/bin/f x')).toBe('fence-peer "/bin/f x"')
})
