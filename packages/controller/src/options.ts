/** What a controller is started with; the composition root fills it in. */
import type { NatsConnection } from '@nats-io/transport-node'
import type { State } from '@varve/events'
import type { LogKeeping } from '@varve/projections'
import type { Logger } from 'pino'
import type { Member } from './nats/accounts.ts'
import type { ReadSource } from './serve/read-source.ts'

/** With a connection to NATS, on this machine. */
export type ControllerOptions = ControllerSettings & {
  readonly connection: NatsConnection
  /** The wall clock that decisions carry, ms since epoch; absent: the machine's own. */
  readonly now?: () => number
}

export type ControllerSettings = {
  readonly cluster: string
  /** This controller's name, shown to people. */
  readonly name: string
  readonly version: string
  /** Journal and checkpoints live here. */
  readonly directory: string
  readonly replicas: 1 | 3 | 5
  readonly log: Logger
  /** Ends the controller: it stores what it accepted, gives the lease back and returns. */
  readonly signal: AbortSignal
  /** The passphrase of the cluster, from a file or credential; absent: it starts locked. */
  readonly readPassphrase?: () => Promise<string>
  /** How safely the log is kept, as far as the starter knows. */
  readonly keeping?: LogKeeping
  /** Called with the state as it is known from now on. */
  readonly onState?: (state: State) => void
  /** Is let in by a cluster that knows nobody yet: its first admin. */
  readonly founder?: Member
  /** Told who may come in, at the start and at each change; nobody: the cluster has no members. */
  readonly onMembers?: (members: readonly Member[]) => void
  /** Called each time this controller has become the leader. */
  readonly onLeading?: () => void
  /** Reads what this controller knows until the signal, beside it: the REST API. */
  readonly serveReader?: (source: ReadSource, signal: AbortSignal) => Promise<void>
}
