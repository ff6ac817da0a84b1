/** What every read model is given: the state, what satellites report, and the time. All arguments. */
import type {
  DocumentPositions,
  DocumentQuestion,
  Entry,
  FoldedEntry,
  Moment,
  ObservedView,
  Refusal,
  State,
  WebhookState,
} from '@varve/events'
import type { Records } from './diff/records.ts'
import type { Prospect, Supposed } from './explain/what-if.ts'
import type { Candidate, WhyNot } from './explain/why-not.ts'
import type { HistoryIndex } from './history/history-index.ts'

export type Sight = {
  readonly state: State
  readonly observed: ObservedView
  /** Reader's clock, ms since epoch; of a past world the time of its last entry. */
  readonly now: number
  /** True: a world of the past. Only facts are known of it, and nothing was observed. */
  readonly isPast?: boolean
}

/** How safely the log is kept; shown by health and status. Absent: the reader does not know. */
export type LogKeeping = {
  /** Copies of the log stream. */
  readonly replicas: number
  /** True: the server syncs to disk before it acknowledges. */
  readonly isSynced?: boolean
  /** True: each controller also writes its own journal. */
  readonly hasJournal?: boolean
}

export type LogPart = {
  readonly from: number
  readonly at: number
  /** How much was looked through. */
  readonly bytes: number
  readonly blocks: readonly {
    readonly sequence: number
    readonly entries: readonly FoldedEntry[]
  }[]
}

export type World = Sight & {
  readonly cluster: string
  readonly history: HistoryIndex
  /** Entries of the block at a sequence, in order; undefined when it is not to be had. */
  readonly entryAt: (sequence: number) => Promise<readonly Entry[] | undefined>
  /**
   * Blocks before `before`, newest first and part by part, whose bytes have all of `needles`; without
   * details. `from`, `at`: the oldest block of the part, and when it began.
   */
  readonly search?: (needles: readonly string[], before: number) => AsyncIterable<LogPart>
  /** The last block that began by then; 0: the log begins later. */
  readonly sequenceAt?: (timeMs: number) => Promise<number>
  /** What `ask` makes of the state as of then; absent in a world that is itself of the past. */
  readonly stateAt?: <T>(moment: Moment, ask: (state: State) => T) => Promise<T | Refusal>
  /** All records as of then; absent in a world that is itself of the past. */
  readonly recordsAt?: (moment: Moment) => Promise<Records | Refusal>
  /** Where documents stand, asked of the leader; absent in a world of the past. */
  readonly documents?: (question: DocumentQuestion) => Promise<DocumentPositions | undefined>
  /** A cluster that might be; absent in a world of the past. */
  readonly whatIf?: (supposed: Supposed) => Promise<Prospect | Refusal>
  readonly whyNot?: (node: string, candidate: Candidate) => WhyNot | Refusal
  /** Hash of all records as of then; absent in a world that is itself of the past. */
  readonly stateHashAt?: (sequence: number) => Promise<string | Refusal>
  /** How far a webhook is, as its sender last said; absent in a world of the past. */
  readonly webhookState?: (webhook: string) => Promise<WebhookState | undefined>
  readonly log?: LogKeeping
  /** Name of the controller that leads, as far as the answering one knows. */
  readonly leader?: string
  /** Name and version of the controller that answers. */
  readonly controller?: { readonly name: string; readonly version: string }
}
