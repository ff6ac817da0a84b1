/** The golden log without what tells whose it is: same form, same number of everything, no word left. */
import { readFileSync } from 'node:fs'
import {
  brokenInvariants,
  createState,
  Entry,
  type Entry as EntryType,
  evolveEntry,
  genesis,
  tableNames,
} from '@varve/events'
import { expect, it } from 'vitest'
import { anonymise } from './entry.ts'
import { Pseudonyms } from './pseudonyms.ts'

const golden = new URL('../../../controller/testdata/golden/0.1.0.journal', import.meta.url)
  .pathname
const entries = readFileSync(golden, 'utf8').trim().split('\n').flatMap(entriesOf)

function entriesOf(line: string): EntryType[] {
  const { entries, details } = JSON.parse(line) as { entries: EntryType[]; details: object[] }
  return entries.map((entry, index) => {
    const { args, explain } = details[index] as { args: unknown; explain?: EntryType['explain'] }
    return { ...entry, command: { ...entry.command, args }, ...(explain ? { explain } : {}) }
  })
}

function anonymous(list: readonly EntryType[]): EntryType[] {
  const pseudonyms = new Pseudonyms()
  for (const entry of list) anonymise(entry, pseudonyms.collecting)
  const wording = pseudonyms.replacing()
  return list.map((entry) => anonymise(entry, wording))
}

const escaped = (word: string) => word.replaceAll(/[.$]/g, (sign) => `\\${sign}`)

/** How many records each table has after each entry. */
function form(list: readonly EntryType[]): string[] {
  const state = createState(genesis)
  return list.map((entry, index) => {
    evolveEntry(state, entry, index + 1)
    return tableNames.map((name) => `${name} ${state[name].size}`).join(', ')
  })
}

it('keeps the form of the log: every entry is one, and each makes and takes as many records', () => {
  const hidden = anonymous(entries)
  for (const entry of hidden) Entry.parse(entry)
  expect(form(hidden)).toEqual(form(entries))
  const state = createState(genesis)
  for (const [index, entry] of hidden.entries()) evolveEntry(state, entry, index + 1)
  expect(brokenInvariants(state)).toEqual([])
})

it('has no word left of those who run the cluster, of its machines, or of its keys', () => {
  const who = { name: 'ada.lovelace', address: '192.0.2.7', onBehalfOf: 'x@y.example' }
  const marked = entries.map((entry) => ({
    ...entry,
    // Policies are not people: their names are the program's.
    actor: entry.actor.kind === 'policy' ? entry.actor : { ...entry.actor, ...who },
    reason: 'Ada moves Charles out of rack 7',
  }))
  const text = JSON.stringify(anonymous(marked)).toLowerCase()
  const words = ['ada', 'lovelace', '192.0.2.7', 'y.example', 'charles', 'rack', 'r1', 'n1', 'n7']
  const names = [
    'web',

    'monday',
    'clone_copy',
    'metered',
    'linstor_sdb',
    'vg9',
    'two copies',
  ]
  const secrets = [
    'wrapped":"w',
    'scrypt$',

    'another',
    '0123',
    'k1',
    'key of',
    '10.9.0.11',
  ]
  const left = [...words, ...names, ...secrets].filter((word) =>
    new RegExp(`(?<![a-z0-9])${escaped(word)}(?![a-z0-9])`).test(text),
  )
  expect(left).toEqual([])
})

it('calls the same by the same name everywhere, and keeps the order of names', () => {
  const pseudonyms = new Pseudonyms()
  const texts = ['node-b', 'NODE-B', 'node-a', 'vg1/thin', 'vg1', '10.0.0.9', 'a sentence of text']
  for (const text of texts) pseudonyms.collecting.text(text)
  const { text } = pseudonyms.replacing()
  expect(text('NODE-B')).toBe(text('node-b'))
  expect(text('node-a') < text('node-b')).toBe(true)
  expect(text('vg1/thin').split('/')[0]).toBe(text('vg1'))
  expect(text('10.0.0.9')).toBe('10.0.0.1')
  expect(text('a sentence of text')).toBe('text-000001')
  expect(text('DfltRscGrp')).toBe('DfltRscGrp')
})
