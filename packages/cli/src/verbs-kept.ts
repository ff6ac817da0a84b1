/** Verbs of what is kept for others, and means nothing to the controller. */
import { list, remove, type Verb } from './verb.ts'

export const keptVerbs: readonly Verb[] = [
  list('key-value-store', 'key-value-stores'),
  {
    noun: 'key-value-store',
    verb: 'show',
    aliases: ['s'],
    summary: 'Show the keys of a key-value store and their values',
    kind: 'show',
    query: 'properties',
    positionals: ['store'],
  },
  {
    noun: 'key-value-store',
    verb: 'modify',
    aliases: ['m'],
    summary: 'Set and delete keys; the store is made where there is none',
    kind: 'command',
    type: 'key-value-store.modify',
    positionals: ['store'],
  },
  remove('key-value-store', ['store']),
]
