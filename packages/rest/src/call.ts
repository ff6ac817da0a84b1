/**
 * One request on its way: what was asked, and what has been said so far. A handler sends commands
 * and says what came of them; the application prints it.
 */
import {
  type Args,
  type AsPlanned,
  type CommandReply,
  commands,
  mayCommand,
  type PublicCommandType,
  type RefusalCode,
  type UserRole,
} from '@varve/events'
import type { z } from 'zod'
import type { Code, Context } from './answer/codes.ts'
import type { Entry } from './answer/entry.ts'
import { invalidEntry } from './answer/invalid.ts'
import { refusedEntry } from './answer/refused.ts'
import type { Identity } from './auth/gate.ts'
import type { Ports } from './ports.ts'
import type { Query } from './query.ts'
import type { ReportBook } from './report/book.ts'
import type { Tally } from './tally.ts'

type Input<T extends PublicCommandType> = z.input<(typeof commands)[T]>
export type Done = Extract<CommandReply, { ok: true }>

/** What the application knows of a request before its handler runs. */
export type Asked = {
  readonly ports: Ports
  readonly context: Context
  /** Kept in the log beside each command: method, path, and who the client says it is. */
  readonly reason: string
  /** Whose token it came with; undefined: none is needed. */
  readonly identity?: Identity | undefined
  /** True: what is sent cannot be read on the way. */
  readonly isPrivate: boolean
  readonly query: Query
  readonly headers: Headers
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
  /** What failed so far. */
  readonly reports: ReportBook
  readonly tally: Tally
  /** Longest wait for satellites, ms. */
  readonly waitMs: number
}

export class Call<Params = unknown, Body = unknown> {
  readonly asked: Asked
  readonly params: Params
  readonly body: Body
  readonly entries: Entry[] = []

  constructor(asked: Asked, params: Params, body: Body) {
    this.asked = asked
    this.params = params
    this.body = body
  }

  get world() {
    return this.asked.ports.world()
  }

  say(...entries: readonly Entry[]): void {
    this.entries.push(...entries)
  }

  /** Says that there is none, or why it cannot be; the handler returns after it. */
  fail(code: Code, message: string, refs?: Entry['refs']): void {
    this.say({ code, message, ...(refs === undefined ? {} : { refs }) })
  }

  /**
   * Sends a command. Undefined: it was refused, which is said already; `instead` names the code
   * that LINSTOR has for a refusal where it differs from the general one.
   */
  async command<T extends PublicCommandType>(
    type: T,
    args: Input<T>,
    instead: Partial<Record<RefusalCode, Code>> = {},
  ): Promise<Done | undefined> {
    const reply = await this.attempt(type, args)
    if (reply.ok) return reply
    const entry = refusedEntry(reply.refusal)
    // Codes of a newer controller are in no table of ours.
    const code = instead[reply.refusal.code as RefusalCode]
    this.say(reply.invalid ?? (code === undefined ? entry : { ...entry, code }))
    return undefined
  }

  /** What the command would do; undefined: it would be refused, which is said already. */
  async plan<T extends PublicCommandType>(type: T, args: Input<T>): Promise<Done | undefined> {
    const reply = await this.attempt(type, args, { plan: true })
    if (reply.ok) return reply
    this.say(reply.invalid ?? refusedEntry(reply.refusal))
    return undefined
  }

  /** As `command`; what a refusal means is for the handler to say. */
  async attempt<T extends PublicCommandType>(
    type: T,
    args: Input<T>,
    how: { readonly plan?: true; readonly asPlanned?: AsPlanned } = {},
  ): Promise<
    | Done
    | (Extract<Awaited<ReturnType<Ports['command']>>, { ok: false }> & { readonly invalid?: Entry })
  > {
    const { role } = this.asked.identity ?? {}
    if (role !== undefined && !mayCommand(role, type)) {
      return { ok: false, refusal: denied, invalid: deniedEntry(role, type) }
    }
    const parsed = commands[type].safeParse(args)
    if (!parsed.success) {
      // Refused here and not by the controller, which could not say so in LINSTOR's codes.
      const invalid = invalidEntry(parsed.error)
      return { ok: false, refusal: { code: 'invalid-arguments', message: '' }, invalid }
    }
    const { ports, reason, identity } = this.asked
    // The row of the table that has just parsed it.
    const reply = await ports.command(type, parsed.data as Args<T>, {
      reason,
      ...(identity === undefined ? {} : { onBehalfOf: identity.name }),
      ...how,
    })
    if (reply.ok) await ports.reach(reply.sequence)
    return reply
  }
}

const denied = { code: 'invalid-arguments', message: '' } as const

/** As NATS refuses them to whoever comes with a key of that role. */
const deniedEntry = (role: UserRole, type: PublicCommandType): Entry => ({
  code: 'FAIL_ACC_DENIED_COMMAND',
  message: `The token is that of a ${role}, who may not do that (${type}).`,
})
