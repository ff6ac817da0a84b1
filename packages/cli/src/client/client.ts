/** Questions and commands over NATS request and reply. */
import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
} from '@nats-io/transport-node'
import type { Identity } from '@varve/controller/identity'
import {
  type AsPlanned,
  CommandReply,
  importedApi,
  mayCommand,
  type PublicCommandType,
  QueryReply,
  Role,
  type Subjects,
  subjectsOf,
  wireVersion,
} from '@varve/events'
import type { QueryNoun } from '@varve/projections'
import { ulid } from 'ulid'
import type { z } from 'zod'
import type { GlobalOptions } from '../options.ts'
import { exitCodes, UserError } from '../session.ts'
import { type Attempt, askUntilAnswered } from './retry.ts'

export type CommandOptions = {
  readonly reason?: string | undefined
  readonly onBehalfOf?: string | undefined
  readonly plan?: boolean
  readonly ifSequence?: number | undefined
  /** Carried out as this plan has told, or not at all. */
  readonly asPlanned?: AsPlanned | undefined
}

export type Client = {
  /** Who asks, in a cluster with keys. */
  readonly identity?: Identity
  readonly command: (
    type: PublicCommandType,
    args: unknown,
    options?: CommandOptions,
  ) => Promise<CommandReply>
  readonly query: (
    noun: QueryNoun,
    args?: Readonly<Record<string, unknown>>,
    minSequence?: number,
  ) => Promise<QueryReply>
  /** Resolves at the next message on one of the subjects, or after `longestMs`. */
  readonly watch: (subjects: (of: Subjects) => readonly string[]) => Watch
  /** A request to JetStream's API, `STREAM.INFO.…`. */
  readonly jetStream: (request: string, payload: string) => Promise<string>
  readonly close: () => Promise<void>
}

export type Watch = {
  readonly next: (longestMs: number) => Promise<void>
  readonly stop: () => void
}

/** How long a change of leader may take, with room: two seconds are the aim. */
const answerDeadlineMs = 15_000
const attemptMs = 5_000

export async function connectClient(options: GlobalOptions, signal: AbortSignal): Promise<Client> {
  const path = await identityPath(options)
  if (path === undefined) return clientOver(await open(options), options, signal)
  const { credentialsOf, readIdentity } = await import('@varve/controller/identity')
  const identity = await readIdentity(path).catch((error: Error) => {
    throw new UserError(error.message, exitCodes.usage, error)
  })
  const { cluster, name: actor, servers } = identity
  // Whoever has a key is who it says, in the cluster that it is of.
  const own = { ...options, cluster, actor, nats: servers.join(',') }
  const connection = await open(own, credentialsOf(identity))
  const client = clientOver(connection, { ...own, apiPrefix: importedApi }, signal)
  return {
    ...client,
    identity,
    command: async (type, ...rest) => {
      refuseBeyond(identity, type)
      return client.command(type, ...rest)
    },
  }
}

/** The servers decide; but where nobody hears what is not allowed, waiting for an answer is idle. */
function refuseBeyond({ name, role }: Identity, type: PublicCommandType): void {
  if (role === 'controller' || mayCommand(role, type)) return
  const others = Role.options.filter((one) => mayCommand(one, type)).join(' or ')
  throw new UserError(`${name} is ${role} and may not ${type}: that takes the role ${others}.`)
}

/** Where a machine of a cluster with keys has its admin's; only root can read it. */
const identityOfAdmin = '/etc/varve/cluster/admin.json'

async function identityPath({ identity, nats }: GlobalOptions): Promise<string | undefined> {
  if (identity !== undefined || nats !== undefined) return identity
  const isThere = await access(identityOfAdmin, constants.R_OK).then(
    () => true,
    () => false,
  )
  return isThere ? identityOfAdmin : undefined
}

const defaultServer = 'nats://127.0.0.1:4222'

/** Who asks, of which cluster; `nats` is for sentences only. */
export type ClientOptions = Pick<
  GlobalOptions,
  'cluster' | 'actor' | 'nats' | 'timeoutMs' | 'at'
> & {
  readonly via?: 'cli' | 'rest'
  /** Where the server offers JetStream's API to us. */
  readonly apiPrefix?: string
}

/** A client on a connection that is there already. */
export function clientOver(
  connection: NatsConnection,
  options: ClientOptions,
  signal: AbortSignal,
): Client {
  const subjects = subjectsOf(options.cluster)
  const deadlineMs = Math.min(answerDeadlineMs, options.timeoutMs)
  const ask = async <R extends Answer>(subject: string, payload: object, schema: z.ZodType<R>) => {
    const text = JSON.stringify(payload)
    const send = (timeout: number) => request(connection, { subject, text, timeout }, schema)
    const asked = await askUntilAnswered(send, { deadlineMs, attemptMs, signal })
    if (asked.ok) return asked.reply
    throw new UserError(silence(asked.last, options, deadlineMs), exitCodes.unavailable)
  }
  return {
    command: (type, args, { reason, onBehalfOf, plan, ifSequence, asPlanned } = {}) => {
      if (options.at) throw new UserError('--at reads the past, which no command can change.')
      return ask(
        subjects.command(options.actor, type),
        {
          v: wireVersion,
          id: ulid(),
          args,
          via: options.via ?? 'cli',
          ...(reason === undefined ? {} : { reason }),
          ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
          ...(plan ? { plan } : {}),
          ...(ifSequence === undefined ? {} : { ifSequence }),
          ...(asPlanned === undefined ? {} : { asPlanned }),
        },
        CommandReply,
      )
    },
    query: (noun, args, minSequence) =>
      ask(
        subjects.query(noun),
        {
          v: wireVersion,
          ...(args === undefined ? {} : { args }),
          ...(minSequence === undefined ? {} : { minSequence }),
          ...(options.at === undefined ? {} : { at: options.at }),
        },
        QueryReply,
      ),
    watch: (of) => watch(connection, of(subjects), signal),
    jetStream: async (name, payload) => {
      const subject = `${options.apiPrefix ?? '$JS.API'}.${name}`
      return (await connection.request(subject, payload, { timeout: attemptMs })).string()
    },
    close: () => connection.close(),
  }
}

async function open(
  options: GlobalOptions,
  credentials: Partial<ConnectionOptions> = {},
): Promise<NatsConnection> {
  const { nats = defaultServer } = options
  const settings: ConnectionOptions = {
    servers: nats.split(','),
    ...credentials,
    name: 'varve-cli',
    timeout: Math.min(5_000, options.timeoutMs),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    noAsyncTraces: true,
  }
  if (options.creds !== undefined) {
    settings.authenticator = credsAuthenticator(await readFile(options.creds))
  }
  try {
    return await connect(settings)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const hint = 'Is the server running, and is --nats (VARVE_NATS) right?'
    const sentence = `NATS at ${nats} cannot be reached: ${why}. ${hint}`
    throw new UserError(sentence, exitCodes.unavailable, cause)
  }
}

type Answer =
  | { readonly ok: true }
  | { readonly ok: false; readonly refusal: { readonly code: string } }

/** Refusals that another attempt may turn into an answer: the leader is about to change. */
const passing: readonly string[] = ['not-leader', 'log-unavailable']

async function request<R extends Answer>(
  connection: NatsConnection,
  { subject, text, timeout }: { subject: string; text: string; timeout: number },
  schema: z.ZodType<R>,
): Promise<Attempt<R>> {
  try {
    const message = await connection.request(subject, text, { timeout })
    const reply = readReply(message.string(), schema)
    const isPassing = !reply.ok && passing.includes(reply.refusal.code)
    return { kind: isPassing ? 'not-now' : 'answered', reply }
  } catch (error) {
    if (error instanceof errors.TimeoutError) return { kind: 'silent' }
    if (error instanceof errors.NoRespondersError) return { kind: 'nobody' }
    if (error instanceof errors.RequestError) {
      return { kind: error.isNoResponders() ? 'nobody' : 'silent' }
    }
    if (error instanceof errors.PermissionViolationError) {
      const sentence = `NATS does not let you publish to ${subject}.`
      throw new UserError(sentence, exitCodes.usage, error)
    }
    throw error
  }
}

function readReply<R>(text: string, schema: z.ZodType<R>): R {
  const parsed = schema.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  const sentence = 'The controller’s answer cannot be read: is it of another version than this CLI?'
  throw new UserError(sentence, exitCodes.bug, parsed.error)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function silence(last: 'nobody' | 'silent', options: ClientOptions, deadlineMs: number): string {
  const seconds = Math.round(deadlineMs / 1000)
  const where = `cluster ${options.cluster} at ${options.nats ?? defaultServer}`
  return last === 'nobody'
    ? `No controller of ${where} has answered for ${seconds} seconds: none is running, or none leads.`
    : `The controller of ${where} has not answered for ${seconds} seconds; whether it has done what was asked is unknown. See varve log list.`
}

/** Counts messages of several subjects; a message that came before `next` was called counts, too. */
function watch(
  connection: NatsConnection,
  subjects: readonly string[],
  signal: AbortSignal,
): Watch {
  let isDue = false
  let wake = () => {}
  // A subject that we may not listen to costs speed only: whoever waits asks now and then anyway.
  const subscriptions = subjects.map((subject) =>
    connection.subscribe(subject, {
      callback: () => {
        isDue = true
        wake()
      },
    }),
  )
  return {
    next: async (longestMs) => {
      signal.throwIfAborted()
      if (!isDue) {
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        const timer = setTimeout(resolve, longestMs)
        signal.addEventListener('abort', () => resolve(), { once: true })
        await promise
        clearTimeout(timer)
      }
      isDue = false
      signal.throwIfAborted()
    },
    stop: () => {
      for (const subscription of subscriptions) subscription.unsubscribe()
    },
  }
}
