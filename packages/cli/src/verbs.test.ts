import { commands, isPublicCommand } from '@varve/events'
import { isQuery } from '@varve/projections'
import { expect, test } from 'vitest'
import { readPositional } from './arguments/positionals.ts'
import { findVerb, verbs } from './verbs.ts'

test('every command of the language has a verb, and every verb a command', () => {
  const types = verbs.flatMap((row) => ('type' in row && row.type !== undefined ? [row.type] : []))
  for (const type of types) expect(isPublicCommand(type), type).toBe(true)
  for (const type of Object.keys(commands)) expect(types, type).toContain(type)
})

test('what is given by position is an argument of the command', () => {
  for (const row of verbs) {
    if (row.kind !== 'command') continue
    const fields = Object.keys(commands[row.type].shape)
    for (const text of row.positionals ?? []) {
      expect(fields, `${row.noun} ${row.verb}`).toContain(readPositional(text).field)
    }
  }
})

test('lists and shows ask queries that exist', () => {
  for (const row of verbs) {
    if (row.kind === 'list' || row.kind === 'show') expect(isQuery(row.query), row.query).toBe(true)
  }
})

test('short names mean one verb only', () => {
  for (const row of verbs) {
    const { noun } = row
    for (const name of [row.verb, ...(row.aliases ?? [])]) {
      expect(findVerb(noun, name), `${noun} ${name}`).toBe(row)
    }
  }
  expect(findVerb('rd', 'ap')?.verb).toBe('auto-place')
  expect(findVerb('nothing', 'list')).toBeUndefined()
})
