/** Verbs about the cluster as a whole, its log and what can be asked about it. */
import { type CommandVerb, list, properties, show, type Verb } from './verb.ts'

/** About a cluster that might be: nothing is changed. */
const prospectVerbs: readonly Verb[] = [
  {
    noun: 'what-if',
    verb: 'lose',
    summary:
      'What would go, stop or move: what-if lose node n1, lose zone zone=b, lose pool n1/thin',
    kind: 'own',
    module: 'what-if',
    positionals: ['kind', 'names...'],
  },
  {
    noun: 'what-if',
    verb: 'drain',
    summary: 'Where the replicas of nodes would go',
    kind: 'own',
    module: 'what-if',
    positionals: ['nodes...'],
  },
  {
    noun: 'what-if',
    verb: 'add',
    summary: 'What one more node would make possible',
    kind: 'own',
    module: 'what-if',
    positionals: ['size'],
  },
  {
    noun: 'why-not',
    verb: '',
    summary: 'Why a node would not get a replica of a resource',
    kind: 'own',
    module: 'what-if',
    positionals: ['node', 'definition?'],
  },
]

export const clusterVerbs: readonly Verb[] = [
  ...properties('controller', []),
  list('operation', 'operations'),
  show('operation', 'operation', ['operation']),
  {
    noun: 'operation',
    verb: 'abort',
    summary: 'Give up an operation that runs, where there is a way back',
    kind: 'command',
    type: 'operation.abort',
    positionals: ['operation'],
  },
  {
    ...list('debt', 'debts', ['node']),
    summary: 'List what nodes that were away still have to remove',
  },
  {
    noun: 'debt',
    verb: 'forgive',
    summary: 'Strike out a debt: nothing is removed on that node by itself any more',
    kind: 'command',
    type: 'debt.forgive',
    positionals: ['node', 'definition'],
  },
  {
    noun: 'debts',
    verb: '',
    summary: 'List what nodes that were away still have to remove',
    kind: 'list',
    query: 'debts',
    filters: ['node'],
  },
  {
    noun: 'status',
    verb: '',
    summary: 'Where the cluster stands: leader, log, counts',
    kind: 'own',
    module: 'status',
  },
  {
    noun: 'health',
    verb: '',
    summary: 'One verdict on the cluster and the sentences behind it',
    kind: 'own',
    module: 'health',
  },
  {
    noun: 'history',
    verb: '',
    summary: 'Who did what to an object, and why',
    kind: 'own',
    module: 'history',
    positionals: ['object?'],
  },
  {
    noun: 'who',
    verb: '',
    summary: 'The same with where it came from and what led to it',
    kind: 'own',
    module: 'history',
    positionals: ['object?'],
  },
  {
    noun: 'export',
    verb: '',
    summary: 'What people have asked for, as YAML',
    kind: 'own',
    module: 'intent',
  },
  {
    noun: 'apply',
    verb: '',
    summary: 'Make the cluster what a file says',
    kind: 'own',
    module: 'intent',
  },
  {
    noun: 'diff',
    verb: '',
    summary: 'What is different between two moments',
    kind: 'own',
    module: 'diff',
  },
  {
    noun: 'explain',
    verb: 'placement',
    summary: 'Why replicas are where they are',
    kind: 'own',
    module: 'explain',
    positionals: ['definition'],
  },
  {
    noun: 'explain',
    verb: 'stuck',
    summary: 'What waits, for whom, and the ways out',
    kind: 'own',
    module: 'explain',
    positionals: ['object?'],
  },
  ...prospectVerbs,
  {
    noun: 'undo',
    verb: '',
    summary: 'Take back what was asked for at a sequence of the log, if nobody has gone on from it',
    kind: 'own',
    module: 'undo',
    positionals: ['sequence'],
  },
  {
    noun: 'bisect',
    verb: '',
    summary: 'The first entry after which something no longer held: "good-copies of web >= 2"',
    kind: 'own',
    module: 'bisect',
    positionals: ['expression'],
  },
  {
    noun: 'timeline',
    verb: '',
    summary: 'Causes and effects about an object or node, in order; with --html as a page',
    kind: 'own',
    module: 'timeline',
    positionals: ['object'],
  },
  {
    noun: 'log',
    verb: 'list',
    aliases: ['l'],
    summary: 'The newest entries',
    kind: 'own',
    module: 'log',
  },
  {
    noun: 'log',
    verb: 'show',
    summary: 'One block of the log with its events',
    kind: 'own',
    module: 'log',
    positionals: ['sequence'],
  },
  {
    noun: 'log',
    verb: 'state-hash',
    summary: 'One number for all that was decided by then: equal where the states are',
    kind: 'own',
    module: 'log',
    positionals: ['sequence?'],
  },
  {
    noun: 'bundle',
    verb: '',
    summary: 'All of the log in one file, to be looked at elsewhere',
    kind: 'own',
    module: 'bundle',
    positionals: ['file'],
  },
  {
    noun: 'replay',
    verb: '',
    summary: 'Ask a bundle as if it were the cluster: varve replay FILE -- node list',
    kind: 'own',
    module: 'replay',
    positionals: ['file', 'words...?'],
  },
  {
    noun: 'rehearse',
    verb: '',
    summary: 'Decide again all that a bundle has, by the rules of this release',
    kind: 'own',
    module: 'rehearse',
    positionals: ['file'],
  },
  { noun: 'log', verb: 'verify', summary: 'Check the hash chain', kind: 'own', module: 'log' },
  {
    noun: 'completion',
    verb: '',
    summary: 'Print the completion script for bash',
    kind: 'own',
    module: 'completion',
    positionals: ['words...?'],
  },
]

/** Machines, nodes and people with keys of their own. */
export const memberVerbs: readonly Verb[] = [
  {
    noun: 'cluster',
    verb: 'init',
    summary: 'Make the keys of a new cluster, on the first of its machines',
    kind: 'own',
    module: 'cluster',
    positionals: ['name', 'machines...'],
  },
  {
    noun: 'cluster',
    verb: 'join',
    summary: 'Make this machine what a token says: one with a controller, or a node',
    kind: 'own',
    module: 'cluster',
    positionals: ['file'],
  },
  {
    noun: 'cluster',
    verb: 'token',
    summary: 'Give a node, a person or a program a key of its own, with a role',
    kind: 'own',
    module: 'cluster',
    positionals: ['member'],
  },
  {
    noun: 'cluster',
    verb: 'add',
    summary: 'Let in somebody who has made a key of his own, by its public half',
    kind: 'command',
    type: 'member.add',
    positionals: ['member', 'role', 'publicKey'],
  },
  {
    noun: 'cluster',
    verb: 'revoke',
    summary: 'Let somebody in no more; who is connected is cut off at once',
    kind: 'command',
    type: 'member.revoke',
    positionals: ['member'],
  },
  {
    ...list('cluster', 'members'),
    verb: 'members',
    aliases: [],
    summary: 'List who may come in, and as what',
  },
]

/** Who may use the REST API. */
export const authTokenVerbs: readonly Verb[] = [
  { ...list('auth-token', 'auth-tokens'), summary: 'List the tokens of the REST API' },
  {
    noun: 'auth-token',
    verb: 'create',
    aliases: ['c'],
    summary: 'Make a token for the REST API; it is printed once and kept nowhere',
    kind: 'own',
    module: 'auth-token',
    type: 'auth-token.create',
    positionals: ['description'],
  },
  {
    noun: 'auth-token',
    verb: 'modify',
    aliases: ['m'],
    summary: 'Describe a token otherwise, tie it to an address, or take it no more for a while',
    kind: 'command',
    type: 'auth-token.modify',
    positionals: ['token'],
  },
  {
    noun: 'auth-token',
    verb: 'revoke',
    aliases: ['delete', 'd'],
    summary: 'Take a token no more, for good',
    kind: 'command',
    type: 'auth-token.revoke',
    positionals: ['token'],
  },
]

const encryptionVerb = (verb: string, alias: string, summary: string): CommandVerb => ({
  noun: 'encryption',
  verb,
  aliases: [alias],
  summary,
  kind: 'command',
  // Each of the three has its command; a test goes through the table.
  type: `encryption.${verb}` as CommandVerb['type'],
})

/** Managers that act by themselves, each off, in shadow or on. */
export const policyVerbs: readonly Verb[] = [
  {
    ...list('policy', 'policies'),
    summary: 'List what Varve does by itself, and how each is switched',
  },
  {
    noun: 'policy',
    verb: 'set',
    summary: 'Switch a policy on, off, or to shadow: then it only says what it would do',
    kind: 'command',
    type: 'policy.set',
    positionals: ['policy', 'mode'],
  },
  {
    noun: 'proposals',
    verb: '',
    summary: 'What policies would do, and why they do not',
    kind: 'list',
    query: 'proposals',
    flags: { all: 'also those that are over, and how they ended' },
  },
]

/** LINSTOR's names. Passphrases are asked for, or read from files or standard input. */
export const encryptionVerbs: readonly Verb[] = [
  encryptionVerb('create-passphrase', 'cp', 'Set the passphrase that encrypted volumes hang on'),
  encryptionVerb('modify-passphrase', 'mp', 'Change the passphrase; volumes stay as they are'),
  encryptionVerb('enter-passphrase', 'ep', 'Unlock the cluster after its controller has started'),
  {
    noun: 'encryption',
    verb: 'status',
    aliases: ['st'],
    summary: 'Whether encrypted volumes can be opened: unset, locked or unlocked',
    kind: 'own',
    module: 'encryption',
  },
]
