import { expect, test } from 'vitest'
import { firstNotPrinted, namedCommands, readPage } from './page.ts'

test('a page is its commands with what they show, and what happens in between', () => {
  const text = [
    'Look with `varve health` first.',
    '<!-- scene: n1 loses power -->',
    '```console',
    '$ varve node list',
    'n1  offline',
    'n2# lvs',
    '```',
    '```console refused',
    '$ varve node delete n1',
    '```',
  ].join('\n')
  expect(readPage(text)).toEqual([
    { kind: 'scene', text: 'n1 loses power' },
    {
      kind: 'command',
      machine: undefined,
      line: 'varve node list',
      shown: ['n1  offline'],
      isRefused: false,
    },
    { kind: 'command', machine: 'n2', line: 'lvs', shown: [], isRefused: false },
    {
      kind: 'command',
      machine: undefined,
      line: 'varve node delete n1',
      shown: [],
      isRefused: true,
    },
  ])
  expect(namedCommands(text)).toEqual(['varve health'])
  expect(() => readPage('```sh\nreboot\n```')).toThrow('nobody would run it')
})

test('shown lines have to be printed in their order, with any blanks', () => {
  const printed = 'NODE  STATE\nn1    online since 3 s\nn2    offline\n'
  expect(firstNotPrinted(['n1 online …', 'n2  offline'], printed)).toBeUndefined()
  expect(firstNotPrinted(['n2 offline', 'n1 online …'], printed)).toBe('n1 online …')
  expect(firstNotPrinted(['n1 online'], printed)).toBe('n1 online')
})
