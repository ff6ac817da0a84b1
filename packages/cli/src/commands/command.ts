/** Sends a command, says what came of it, and waits until it is there. */
import { type CommandReply, commands, type PublicCommandType, secretFieldsOf } from '@varve/events'
import type { Command } from 'commander'
import { readPositional, readPositionals } from '../arguments/positionals.ts'
import { addOptions, readOptions } from '../arguments/schema.ts'
import { type Target, waitUntilSettled } from '../client/wait.ts'
import { printRefusal } from '../output/refusal.ts'
import { renderTree } from '../output/tree.ts'
import { addSecretOptions, readSecrets } from '../secret/fields.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'
import type { CommandVerb, PropertyVerb } from '../verb.ts'
import { outcomeOf } from './outcome.ts'
import { planLines } from './plan-lines.ts'
import { refuseToSave, savePlan } from './saved-plan.ts'

type Args = Readonly<Record<string, unknown>>
type Accepted = Extract<CommandReply, { ok: true }>

export function configure(command: Command, verb: CommandVerb, run: (task: Task) => void): void {
  const schema = commands[verb.type]
  const positionals = verb.positionals ?? []
  const byPosition = positionals.map((text) => readPositional(text).field)
  addOptions(command, schema, byPosition)
  addSecretOptions(command, verb.type)
  if (verb.type === 'resource.create') {
    command
      .option('--diskless', 'without storage of its own')
      .option('--client', 'diskless, and without a vote')
  }
  if (verb.type === 'resource-group.modify') {
    command.option('--unset-placement <fields>', 'placement options to take back, with commas')
  }
  command.action((...words: unknown[]) => {
    const options = command.opts<Record<string, unknown>>()
    const given = { ...readOptions(schema, byPosition, options), ...shorthands(options) }
    const sets = readPositionals(positionals, words).map((set) =>
      withUnset({ ...given, ...set }, options.unsetPlacement),
    )
    if (secretFieldsOf(verb.type).length === 0) {
      const ready = sets.map((set) => checked(verb.type, set))
      run((session) => sendAll(session, verb.type, ready))
      return
    }
    run(async (session) => {
      const secrets = await readSecrets(verb.type, options, session.secrets)
      const ready = sets.map((set) => checked(verb.type, { ...set, ...secrets }))
      return sendAll(session, verb.type, ready)
    })
  })
}

/** `set-property`: LINSTOR's form of a change of one property. */
export function configureProperty(
  command: Command,
  verb: PropertyVerb,
  run: (task: Task) => void,
): void {
  command.action((...words: unknown[]) => {
    const [all = {}] = readPositionals(verb.positionals ?? [], words)
    const { key, value, ...object } = all
    const name = String(key)
    const change =
      value === undefined || value === ''
        ? { deleteProps: [name] }
        : { setProps: { [name]: String(value) } }
    run((session) => sendAll(session, verb.type, [checked(verb.type, { ...object, ...change })]))
  })
}

function shorthands(options: Args): Args {
  if (options.diskless === true) return { kind: 'diskless' }
  return options.client === true ? { kind: 'client' } : {}
}

/** `null` in a changed filter takes a field back. */
function withUnset(args: Args, fields: unknown): Args {
  if (fields === undefined) return args
  const taken = String(fields)
    .split(',')
    .map((field) => [field.trim(), null])
  const filter = typeof args.filter === 'object' ? args.filter : {}
  return { ...args, filter: { ...filter, ...Object.fromEntries(taken) } }
}

/** Judged here with the controller's own schema, so that a slip costs no round trip. */
function checked(type: PublicCommandType, args: Args): Args {
  const parsed = commands[type].safeParse(args)
  if (parsed.success) return args
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  )
  throw new UserError(`${problems.join('; ')}.`)
}

async function sendAll(
  session: Session,
  type: PublicCommandType,
  sets: readonly Args[],
): Promise<number> {
  const client = await session.client()
  const { reason, plan, ifSequence, save } = session.options
  if (save !== undefined) refuseToSave(type, sets)
  const accepted: Sent[] = []
  for (const args of sets) {
    const reply = await client.command(type, args, { reason, plan, ifSequence })
    if (!reply.ok) return printRefusal(session, reply.refusal)
    printAccepted(session, type, args, reply)
    if (save !== undefined) {
      const told = acceptedLines(type, args, reply)
      await savePlan(session, save, { type, args, reply, told })
    }
    accepted.push({ type, args, reply })
  }
  return plan ? exitCodes.done : waitForAll(session, accepted)
}

/** A command that was accepted. */
export type Sent = {
  readonly type: PublicCommandType
  readonly args: Args
  readonly reply: Accepted
}

/** Until what was asked for is there, unless nobody waits. */
export async function waitForAll(session: Session, sent: readonly Sent[]): Promise<number> {
  if (!session.options.wait) return exitCodes.done
  for (const { type, args, reply } of sent) {
    const code = await waitFor(session, targetOf(type, args, reply), reply)
    if (code !== exitCodes.done) return code
    for (let isOver = false; !isOver; ) {
      const ended = await outcomeOf(session, type, args, reply)
      if (ended.code !== exitCodes.done) return ended.code
      const rest = await waitFor(session, ended.next, reply)
      if (rest !== exitCodes.done) return rest
      isOver = ended.isMore !== true
    }
  }
  return exitCodes.done
}

/** Changes of what nodes have: done when they have taken it over. */
const takenOver: ReadonlySet<PublicCommandType> = new Set([
  'controller.modify',
  'node.modify',
  'storage-pool.modify',
  'resource-group.modify',
  'resource-definition.modify',
  'volume-definition.modify',
  'resource.modify',
  'volume.modify',
  'node-connection.modify',
  'resource-connection.modify',
  'net-interface.modify',
])

/** Commands that are not done when they are in the log, and what shows that they are. */
function targetOf(type: PublicCommandType, args: Args, reply: Accepted): Target | undefined {
  if (reply.operation !== undefined) return { operation: reply.operation }
  if (type === 'snapshot.restore' || type === 'snapshot.restore-resources')
    return { definition: String(args.to) }
  if (type === 'storage-pool.create') return { node: String(args.node), pool: String(args.pool) }
  if (takenOver.has(type) && reply.unchanged !== true) {
    const { definition } = args
    const of = definition === undefined ? {} : { definition: String(definition) }
    return { since: reply.sequence, ...of }
  }
  const places = [
    'resource.create',
    'resource.auto-place',
    'resource.make-available',
    'resource-group.spawn',
    'volume-definition.create',
    'trash.restore',
  ]
  if (!places.includes(type) || reply.unchanged === true) return undefined
  return args.definitionsOnly === true ? undefined : { definition: String(args.definition) }
}

export async function waitFor(
  session: Session,
  target: Target | undefined,
  reply: Accepted,
): Promise<number> {
  if (target === undefined) return exitCodes.done
  const client = await session.client()
  const waited = await waitUntilSettled(session, client, target, reply.sequence)
  if (waited.outcome === 'settled') {
    const isNews = waited.hasWaited && session.options.output === 'table'
    if (isNews) session.print('All of it is done.')
    return exitCodes.done
  }
  const why =
    waited.outcome === 'blocked'
      ? 'It waits for nodes that are away or for something to be mended, and goes on by itself then:'
      : `After ${session.options.timeoutMs / 1000} seconds it is not done yet; it goes on by itself:`
  session.printError(session.style('yellow', why))
  for (const sentence of waited.waiting) session.printError(`  ${sentence}`)
  return exitCodes.notYet
}

export function printAccepted(
  session: Session,
  type: PublicCommandType,
  args: Args,
  reply: Accepted,
): void {
  if (session.options.output === 'json') {
    session.print(JSON.stringify(reply, null, 2))
    return
  }
  for (const line of acceptedLines(type, args, reply)) session.print(line)
}

function acceptedLines(type: PublicCommandType, args: Args, reply: Accepted): string[] {
  const name = `${type.replace('.', ' ')} ${subjectOf(args)}`.trim()
  if (reply.plan) return planLines(name, reply)
  const how = reply.unchanged
    ? 'nothing had to change'
    : reply.repeated
      ? 'had been accepted before'
      : reply.operation === undefined
        ? 'done'
        : `accepted, goes on as operation ${reply.operation}`
  const lines = [`${name}: ${how} (log ${reply.sequence}).`]
  if (reply.result && Object.keys(reply.result).length > 0) {
    lines.push(...renderTree(reply.result, '  '))
  }
  return lines
}

/** The names among the arguments, in the order of the language: `web on n1`, `web/0`. */
function subjectOf(args: Args): string {
  const names = ['group', 'definition', 'node', 'pool', 'name', 'number']
  return names
    .filter((field) => args[field] !== undefined)
    .map((field) => String(args[field]))
    .join(' ')
}
