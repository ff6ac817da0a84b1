/** Options that every verb has. */
import { userInfo } from 'node:os'
import type { Moment } from '@varve/events'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { readMoment } from './arguments/moment.ts'

export type GlobalOptions = {
  /** Absent: said by nobody; then it is a machine's own identity, or the server on this machine. */
  readonly nats?: string
  readonly identity?: string
  readonly creds?: string
  readonly cluster: string
  readonly actor: string
  readonly output: 'table' | 'json'
  readonly plan: boolean
  /** Where to keep the plan, for `varve apply`. */
  readonly save?: string
  readonly reason?: string
  /** False: return as soon as the command is in the log. */
  readonly wait: boolean
  /** Longest wait for what was asked for to be there, ms. */
  readonly timeoutMs: number
  readonly ifSequence?: number
  /** Reads tell how it was then. */
  readonly at?: Moment
  readonly color: boolean
}

/** Options with a value: the words after them are not a noun or verb. */
export const valuedOptions: readonly string[] = [
  '--nats',
  '--creds',
  '--identity',
  '--cluster',
  '--actor',
  '--output',
  '-o',
  '--reason',
  '--timeout',
  '--if-sequence',
  '--at',
  '--save',
]

export function addGlobalOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--nats <url>',
        'NATS server, or several parted by commas (default nats://127.0.0.1:4222)',
      ).env('VARVE_NATS'),
    )
    .addOption(
      new Option(
        '--identity <file>',
        'who you are in a cluster with keys: also servers, cluster and actor',
      ).env('VARVE_IDENTITY'),
    )
    .addOption(new Option('--creds <file>', 'NATS credentials').env('VARVE_CREDS'))
    .addOption(
      new Option('--cluster <name>', 'name of the cluster').env('VARVE_CLUSTER').default('varve'),
    )
    .addOption(
      new Option('--actor <name>', 'who is recorded as the sender').default(
        systemUser(),
        'the system’s user',
      ),
    )
    .addOption(
      new Option('-o, --output <form>', 'how to print').choices(['table', 'json']).default('table'),
    )
    .option('--plan', 'only tell what would happen')
    .option('--save <file>', 'keep what would happen, for `varve apply <file>` (as --plan)')
    .option('--reason <text>', 'why: kept in the log')
    .option('--wait', 'wait until it is done (the default)')
    .option('--async', 'return as soon as it is accepted')
    .option('--timeout <seconds>', 'longest wait', toNumber, 300)
    .option('--if-sequence <number>', 'refuse when the log has moved past it', toNumber)
    .option(
      '--at <moment>',
      'how it was then: a sequence of the log, a time, or "2h ago"',
      (text) => readMoment(text, Date.now()),
    )
    .option('--no-color', 'no colours')
}

/** What commander read → options; it has checked choices and numbers. */
export function readGlobalOptions(raw: Readonly<Record<string, unknown>>): GlobalOptions {
  const text = (name: string) => (typeof raw[name] === 'string' ? raw[name] : undefined)
  const creds = text('creds')
  const nats = text('nats')
  const identity = text('identity')
  const reason = text('reason')
  const save = text('save')
  return {
    ...(nats === undefined ? {} : { nats }),
    ...(identity === undefined ? {} : { identity }),
    ...(creds === undefined ? {} : { creds }),
    cluster: text('cluster') ?? '',
    actor: text('actor') ?? '',
    output: raw.output === 'json' ? 'json' : 'table',
    plan: raw.plan === true || save !== undefined,
    ...(save === undefined ? {} : { save }),
    ...(reason === undefined ? {} : { reason }),
    wait: raw.async !== true,
    timeoutMs: Number(raw.timeout) * 1000,
    ...(typeof raw.ifSequence === 'number' ? { ifSequence: raw.ifSequence } : {}),
    // Read by readMoment, above.
    ...(raw.at === undefined ? {} : { at: raw.at as Moment }),
    color: raw.color !== false,
  }
}

export function toNumber(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number) || number < 0) {
    throw new InvalidArgumentError('It has to be a number that is not negative.')
  }
  return number
}

function systemUser(): string {
  try {
    return userInfo().username
  } catch {
    // Containers may run under a user id that no file knows.
    return 'unknown'
  }
}
