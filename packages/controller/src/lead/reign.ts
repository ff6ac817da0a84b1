/**
 * One reign: from winning the lease to losing it. Order matters: fold everything, be elected in
 * the log itself (which fences every earlier leader), then make the documents true, then listen.
 */
import { setImmediate } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import { type Command, type Entry, type State, subjectsOf } from '@varve/events'
import type { Book } from '../book.ts'
import type { Ports, Request } from '../core/accept.ts'
import { newId, random64 } from '../id.ts'
import type { LogWriter } from '../log/writer.ts'
import type { Observatory } from '../observe/observatory.ts'
import type { ControllerOptions } from '../options.ts'
import { createDesiredPublisher } from '../publish/desired.ts'
import { createPipeline, type Pipeline, type Sealed } from '../publish/pipeline.ts'
import { servePositions } from '../publish/positions.ts'
import { commandAtStart } from '../secrets/at-start.ts'
import { protectSecrets } from '../secrets/protect.ts'
import type { Vault } from '../secrets/vault.ts'
import { serveCommands } from '../serve/commands.ts'
import { guardPlans } from '../serve/planned.ts'
import { definitionsIn } from '../serve/pulse.ts'
import { jetStreamCursors } from '../webhooks/cursors.ts'
import { post } from '../webhooks/post.ts'
import { runWebhooks, type Webhooks } from '../webhooks/run.ts'
import { type PolicyLoop, runPolicies } from './policies.ts'
import { type Job, Sequencer } from './sequencer.ts'

export type Reign = {
  readonly sequencer: Sequencer<Sealed>
  /** Aborted when the log went to somebody else; the reason says how. */
  readonly deposed: AbortSignal
  /** Makes the stored documents true again after the server was away. */
  readonly republish: () => Promise<void>
  /** Stops listening, stores what was accepted, hands over. */
  readonly end: () => Promise<void>
}

export async function reign(
  options: ControllerOptions,
  parts: {
    book: Book
    writer: LogWriter
    observatory: Observatory
    vault: Vault
    term: number
  },
): Promise<Reign> {
  const { connection, cluster, name, log, now = Date.now } = options
  const { book, writer, observatory, vault, term } = parts
  const subjects = subjectsOf(cluster)
  const deposed = new AbortController()
  const { state } = book
  const publisher = await createDesiredPublisher({
    connection,
    term,
    onProblem: (sentence, error) => log.warn({ error: String(error) }, sentence),
  })
  const pipeline = createPipeline(publisher, subjects, vault)
  // The block that elects already carries the new term.
  state.position.term = term
  let policies: PolicyLoop | undefined
  let webhooks: Webhooks | undefined
  const sequencer = new Sequencer<Sealed>({
    state,
    writer,
    ports: (sequence) => portsAt(now(), sequence, { observatory, vault }),
    hasMoved: (object, since) => book.history.hasSince(object, since),
    seal: pipeline.seal,
    stored: (entries, sequence, block) => {
      book.noteStored(entries, sequence)
      observatory.follow(entries)
      policies?.note(entries)
      webhooks?.wake()
      pipeline.publishLater(block, sequence)
      announce(connection, subjects.changes, entries, sequence)
      void drain()
    },
    onBug: (error) => log.error({ error }, 'a rule failed: this is a bug, please report it'),
    failed: (reason) => deposed.abort(reason),
  })
  const drain = drainer(pipeline, sequencer, state)
  submitAs(sequencer, 'system', name, { type: 'leader.elect', args: { term, controller: name } })
  submitAs(sequencer, 'system', name, { type: 'cluster.found', args: {} })
  const { founder } = options
  if (founder && state.members.size === 0) {
    const args = { member: founder.name, role: founder.role, publicKey: founder.publicKey }
    submitAs(sequencer, 'system', name, { type: 'member.add', args })
  }
  await sequencer.barrier()
  const publishAll = () => {
    pipeline.addAll(state)
    void drain()
  }
  publishAll()
  policies = runPolicies({
    state,
    observed: observatory.store,
    now,
    submit: (request) => sequencer.submit({ request }),
    onBug: (error) => log.error({ error }, 'a policy failed: this is a bug, please report it'),
  })
  webhooks = startWebhooks(options, book, vault)
  observatory.report((command) => submitAs(sequencer, 'observer', name, command))
  const submit = openDoor(options, { book, state, vault, sequencer })
  const serving = serveCommands(connection, cluster, submit)
  const telling = servePositions(connection, cluster, { ...publisher, upTo: pipeline.upTo })
  log.info({ term, sequence: state.position.sequence }, 'leading')
  return {
    sequencer,
    deposed: deposed.signal,
    async republish() {
      await publisher.reload()
      publishAll()
    },
    async end() {
      serving.unsubscribe()
      telling.unsubscribe()
      observatory.report(undefined)
      policies?.[Symbol.dispose]()
      await sequencer.close()
      await webhooks?.[Symbol.asyncDispose]()
      // What the last block has changed is published by now.
      await setImmediate()
      publisher.stop()
    },
  }
}

/** Whoever asked for it is told what is stored, also by the next leader from there on. */
function startWebhooks(
  { connection, cluster, log, now = Date.now }: ControllerOptions,
  book: Book,
  vault: Vault,
): Webhooks {
  return runWebhooks(book.state, {
    cluster,
    cursors: jetStreamCursors(connection, cluster),
    post,
    entriesAt: (sequence) => book.entriesAt(sequence),
    unwrap: vault.unwrapText,
    now,
    onProblem: (webhook, error) =>
      log.warn({ webhook, error: String(error) }, 'how far a webhook is cannot be read or noted'),
  })
}

/** Where commands of users come in: what is secret in them is encrypted first. */
function openDoor(
  { name, log, readPassphrase: read }: ControllerOptions,
  parts: { book: Book; state: State; vault: Vault; sequencer: Sequencer<Sealed> },
): (job: Job) => void {
  const { book, state, vault, sequencer } = parts
  const submit = protectSecrets({
    vault,
    state: () => state,
    submit: guardPlans(book, (job) => sequencer.submit(job)),
    onReopened: () => submitAs(sequencer, 'system', name, { type: 'encryption.unlock', args: {} }),
    onBug: (error) => log.error({ error }, 'a secret could not be encrypted'),
  })
  void commandAtStart({ vault, read, state: () => state, log }).then((command) => {
    if (command) submit({ request: ownRequest('system', name, command) })
  })
  return submit
}

/**
 * Publishes what waits in the backlog, slice by slice, whenever the state shows nothing that is not
 * stored. While blocks follow each other, each of them takes a slice along when it is sealed.
 */
function drainer(
  pipeline: Pipeline,
  sequencer: Sequencer<Sealed>,
  state: State,
): () => Promise<void> {
  let isDraining = false
  return async () => {
    if (isDraining) return
    isDraining = true
    try {
      while (pipeline.hasBacklog()) {
        await setImmediate()
        await sequencer.barrier()
        if (!sequencer.isIdle) continue
        pipeline.publishLater(pipeline.seal(state), state.position.sequence)
      }
    } catch {
      // Nothing is stored any more: the next leader looks at all documents.
    } finally {
      isDraining = false
    }
  }
}

function portsAt(
  now: number,
  sequence: number,
  { observatory, vault }: { observatory: Observatory; vault: Vault },
): Ports {
  return {
    now,
    sequence,
    newId,
    random64,
    observed: observatory.store,
    vault,
  }
}

/** Tells waiting clients which objects moved; they ask for details. Lost ones do no harm. */
function announce(
  connection: NatsConnection,
  subject: string,
  entries: readonly Entry[],
  sequence: number,
): void {
  connection.publish(subject, JSON.stringify({ sequence, definitions: definitionsIn(entries) }))
}

function submitAs(
  sequencer: Sequencer<Sealed>,
  kind: 'system' | 'observer',
  name: string,
  command: Command,
): void {
  sequencer.submit({ request: ownRequest(kind, name, command) })
}

function ownRequest(kind: 'system' | 'observer', name: string, command: Command): Request {
  return { id: newId(), actor: { kind, name, via: 'controller' }, command }
}
