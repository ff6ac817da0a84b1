/** Verbs of what is kept for others, and means nothing to the controller. */
import { create, list, remove, show, type Verb } from './verb.ts'

const orders = {
  enable: 'Say that backups to a remote follow a schedule: of all, a group or a definition',
  disable: 'Say that they do not, whatever the group or the cluster says',
  unset: 'Say nothing of it any more, so that the group or the cluster counts',
} as const

const fileVerbs = {
  modify: 'Keep a file in the cluster: --content "$(base64 -w0 FILE)"',
  deploy: 'Have nodes with a resource of the definition get the file',
  undeploy: 'Take it from them again',
} as const

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
  list('external-file', 'external-files'),
  ...(['modify', 'deploy', 'undeploy'] as const).map(
    (verb): Verb => ({
      noun: 'external-file',
      verb,
      summary: fileVerbs[verb],
      kind: 'command',
      type: `external-file.${verb}`,
      positionals: verb === 'modify' ? ['file'] : ['file', 'definition'],
    }),
  ),
  remove('external-file', ['file']),
  list('remote', 'remotes'),
  create('remote', ['kind', 'remote'], {
    summary: 'Add a place outside the cluster; nothing is sent there yet',
  }),
  {
    noun: 'remote',
    verb: 'modify',
    aliases: ['m'],
    summary: 'Change a remote; an empty text takes a setting away',
    kind: 'command',
    type: 'remote.modify',
    positionals: ['remote'],
  },
  remove('remote', ['remote']),
  list('webhook', 'webhooks'),
  show('webhook', 'webhook', ['webhook']),
  create('webhook', ['webhook', 'url'], {
    summary: 'Send what is stored in the log to a URL, as CloudEvents',
  }),
  remove('webhook', ['webhook']),
  list('schedule', 'schedules'),
  create('schedule', ['schedule', 'fullCron'], {
    summary: 'Add a schedule of backups; none are made yet',
  }),
  {
    noun: 'schedule',
    verb: 'modify',
    aliases: ['m'],
    summary: 'Change a schedule; limits below zero are none',
    kind: 'command',
    type: 'schedule.modify',
    positionals: ['schedule'],
  },
  remove('schedule', ['schedule']),
  ...(['enable', 'disable', 'unset'] as const).map(
    (verb): Verb => ({
      noun: 'schedule',
      verb,
      summary: orders[verb],
      kind: 'command',
      type: `schedule.${verb}`,
      positionals: ['schedule', 'remote'],
    }),
  ),
]
