/** What the REST API needs of the process that it runs in. */
import type {
  AsPlanned,
  CommandReply,
  Moment,
  PublicCommandType,
  Refusal,
  RefusalReply,
} from '@varve/events'
import type { World } from '@varve/projections'

/** Names of definitions that moved; undefined: anything may have. */
export type Change = readonly string[] | undefined

export type Logger = {
  readonly info: (fields: object, message: string) => void
  readonly warn: (fields: object, message: string) => void
  readonly error: (fields: object, message: string) => void
}

export type Ports = {
  /** The state and what is observed, as of now. */
  readonly world: () => World
  /** What `ask` is told by the world as of `moment`; `stored`: where the log ends. */
  readonly past: <T>(
    moment: Moment,
    stored: number,
    ask: (world: World) => Promise<T>,
  ) => Promise<T | Refusal>
  /** Resolves with the log's sequence when all that the world shows is stored in it. */
  readonly barrier: () => Promise<number>
  /** Resolves when the world has folded `sequence`; false when it has not in time. */
  readonly reach: (sequence: number) => Promise<boolean>
  /** Calls back at each change of the state or of what is observed, until it is disposed. */
  readonly onChange: (listener: (change: Change) => void) => Disposable
  /** The one door for commands: that of the CLI. `reason` is kept in the log. */
  readonly command: (
    type: PublicCommandType,
    args: object,
    options: {
      readonly reason: string
      /** Who the token belongs to. */
      readonly onBehalfOf?: string
      readonly plan?: boolean
      readonly asPlanned?: AsPlanned
    },
  ) => Promise<CommandReply | { readonly ok: false; readonly refusal: RefusalReply }>
  /** Leaves a file on the machine; resolves with its path. Absent: there is no place for any. */
  readonly keep?: (name: string, bytes: ReadableStream<Uint8Array>) => Promise<string>
  /** The last lines of the log of this process, a JSON object each. Absent: none are kept. */
  readonly recentLog?: () => readonly string[]
  readonly log: Logger
}
