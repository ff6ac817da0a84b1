/**
 * One reign: from winning the lease to losing it. Order matters: fold everything, be elected in
 * the log itself (which fences every earlier leader), then make the documents true, then listen.
 */
import type { NatsConnection } from '@nats-io/transport-node'
import { type Command, type Entry, subjectsOf } from '@varve/events'
import type { Book } from '../book.ts'
import type { Ports } from '../core/accept.ts'
import { newId, random64 } from '../id.ts'
import type { LogWriter } from '../log/writer.ts'
import type { Observatory } from '../observe/observatory.ts'
import type { ControllerOptions } from '../options.ts'
import { createDesiredPublisher, type Prepared } from '../publish/desired.ts'
import { prepare, prepareAll } from '../publish/prepare.ts'
import { serveCommands } from '../serve/commands.ts'
import { Sequencer } from './sequencer.ts'

export type Reign = {
  readonly sequencer: Sequencer<Prepared[]>
  /** Aborted when the log went to somebody else; the reason says how. */
  readonly deposed: AbortSignal
  /** Makes the stored documents true again after the server was away. */
  readonly republish: () => Promise<void>
  /** Stops listening, stores what was accepted, hands over. */
  readonly end: () => Promise<void>
}

export async function reign(
  options: ControllerOptions,
  parts: { book: Book; writer: LogWriter; observatory: Observatory; term: number },
): Promise<Reign> {
  const { connection, cluster, name, log } = options
  const { book, writer, observatory, term } = parts
  const subjects = subjectsOf(cluster)
  const deposed = new AbortController()
  const { state } = book
  const publisher = await createDesiredPublisher({
    connection,
    term,
    onProblem: (sentence, error) => log.warn({ error: String(error) }, sentence),
  })
  // The block that elects already carries the new term.
  state.position.term = term
  const sequencer = new Sequencer<Prepared[]>({
    state,
    writer,
    ports: (sequence) => portsAt(sequence, observatory),
    seal: (now, touched) => prepare(now, touched, subjects),
    stored: (entries, sequence, prepared) => {
      book.noteStored(entries, sequence)
      observatory.forget(entries)
      publisher.publish(prepared, sequence)
      announce(connection, subjects.changes, entries, sequence)
    },
    onBug: (error) => log.error({ error }, 'a rule failed: this is a bug, please report it'),
    failed: (reason) => deposed.abort(reason),
  })
  submitAs(sequencer, 'system', name, { type: 'leader.elect', args: { term, controller: name } })
  submitAs(sequencer, 'system', name, { type: 'cluster.found', args: {} })
  await sequencer.barrier()
  const publishAll = () => {
    const all = prepareAll(state, subjects)
    publisher.clearOthers(all)
    publisher.publish(all, state.position.sequence)
  }
  publishAll()
  observatory.report((command) => submitAs(sequencer, 'observer', name, command))
  const serving = serveCommands(connection, cluster, (job) => sequencer.submit(job))
  log.info({ term, sequence: state.position.sequence }, 'leading')
  return {
    sequencer,
    deposed: deposed.signal,
    async republish() {
      await publisher.reload()
      // The state may show a block that is not stored yet.
      await sequencer.barrier()
      publishAll()
    },
    async end() {
      serving.unsubscribe()
      observatory.report(undefined)
      await sequencer.close()
      publisher.stop()
    },
  }
}

function portsAt(sequence: number, observatory: Observatory): Ports {
  return {
    now: Date.now(),
    sequence,
    newId,
    random64,
    observed: observatory.store,
  }
}

/** Tells waiting clients which objects moved; they ask for details. Lost ones do no harm. */
function announce(
  connection: NatsConnection,
  subject: string,
  entries: readonly Entry[],
  sequence: number,
): void {
  const definitions = new Set<string>()
  for (const { events } of entries) {
    for (const event of events) if ('definition' in event) definitions.add(event.definition)
  }
  connection.publish(subject, JSON.stringify({ sequence, definitions: [...definitions] }))
}

function submitAs(
  sequencer: Sequencer<Prepared[]>,
  kind: 'system' | 'observer',
  name: string,
  command: Command,
): void {
  sequencer.submit({ request: { id: newId(), actor: { kind, name, via: 'controller' }, command } })
}
