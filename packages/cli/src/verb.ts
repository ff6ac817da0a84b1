/** What a verb of the command line is, and the verbs that nearly every noun has. */
import type { PropertyLevel, PublicCommandType } from '@varve/events'
import type { QueryNoun } from '@varve/projections'

type Common = {
  readonly noun: string
  /** Empty: the noun itself is the verb, `varve health`. */
  readonly verb: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /**
   * Fields that are given by position. `?`: may be left out; `...`: takes all that follow as a
   * list; `*`: one command for each that follows.
   */
  readonly positionals?: readonly string[]
}

export type CommandVerb = Common & { readonly kind: 'command'; readonly type: PublicCommandType }
export type PropertyVerb = Common & {
  readonly kind: 'property'
  readonly type: PublicCommandType
  readonly level: PropertyLevel
}
export type ListVerb = Common & {
  readonly kind: 'list'
  readonly query: QueryNoun
  readonly filters?: readonly string[]
  /** Arguments that are given or not, with what each means. */
  readonly flags?: Readonly<Record<string, string>>
}
export type ShowVerb = Common & { readonly kind: 'show'; readonly query: QueryNoun }
export type OwnVerb = Common & {
  readonly kind: 'own'
  /** The command that it sends, where it is the only verb that does. */
  readonly type?: PublicCommandType
  readonly module:
    | 'bundle'
    | 'replay'
    | 'rehearse'
    | 'what-if'
    | 'bisect'
    | 'timeline'
    | 'undo'
    | 'history'
    | 'diff'
    | 'intent'
    | 'explain'
    | 'health'
    | 'log'
    | 'status'
    | 'wait'
    | 'reconnect'
    | 'completion'
    | 'auth-token'
    | 'encryption'
    | 'cluster'
}
export type Verb = CommandVerb | PropertyVerb | ListVerb | ShowVerb | OwnVerb

type Row = Omit<Common, 'noun'>

export const create = (
  noun: string,
  positionals: string[],
  more: Partial<Row> = {},
): CommandVerb => ({
  noun,
  verb: 'create',
  aliases: ['c'],
  summary: `Add a ${noun}`,
  kind: 'command',
  // Every noun that is created here has such a command; a test goes through the table.
  type: `${noun}.create` as PublicCommandType,
  positionals,
  ...more,
})

export const remove = (noun: string, positionals: string[]): CommandVerb => ({
  noun,
  verb: 'delete',
  aliases: ['d'],
  summary: `Delete a ${noun}`,
  kind: 'command',
  type: `${noun}.delete` as PublicCommandType,
  positionals,
})

export const list = (noun: string, query: QueryNoun, filters: string[] = []): ListVerb => ({
  noun,
  verb: 'list',
  aliases: ['l'],
  summary: `List all ${noun}s`,
  kind: 'list',
  query,
  filters,
})

export const show = (noun: string, query: QueryNoun, positionals: string[]): ShowVerb => ({
  noun,
  verb: 'show',
  aliases: ['info'],
  summary: `Show all that is known about one ${noun}`,
  kind: 'show',
  query,
  positionals,
})

/** `modify`, `set-property` and `list-properties` of a noun with properties. */
export const properties = (level: PropertyLevel, positionals: string[]): Verb[] => {
  const type = `${level}.modify` as PublicCommandType
  return [
    {
      noun: level,
      verb: 'modify',
      aliases: ['m'],
      summary: `Change a ${level}`,
      kind: 'command',
      type,
      positionals,
    },
    {
      noun: level,
      verb: 'set-property',
      aliases: ['sp'],
      summary: 'Set a property; without a value, delete it',
      kind: 'property',
      level,
      type,
      positionals: [...positionals, 'key', 'value?'],
    },
    {
      noun: level,
      verb: 'list-properties',
      aliases: ['lp'],
      summary: 'List the properties that are set',
      kind: 'show',
      query: 'properties',
      positionals,
    },
  ]
}
