/**
 * One reign: from winning the lease to losing it. Order matters: fold everything, be elected in
 * the log itself (which fences every earlier leader), then make the documents true, then listen.
 */
import { setImmediate } from 'node:timers/promises'
import { type Command, type Entry, type State, subjectsOf } from '@varve/events'
import type { Book } from '../book.ts'
import type { Ports, Request } from '../core/accept.ts'
import type { Edge } from '../edge/port.ts'
import type { LogWriter } from '../log/writer.ts'
import type { Observatory } from '../observe/observatory.ts'
import type { ControllerSettings } from '../options.ts'
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
  /** The same, where somebody else has written or cleared documents. */
  readonly inspect: () => Promise<void>
  /** Stops listening, stores what was accepted, hands over. */
  readonly end: () => Promise<void>
}

/** What this controller commands itself. */
type OwnRequest = (kind: 'system' | 'observer', command: Command) => Request

export async function reign(
  edge: Edge,
  options: ControllerSettings,
  parts: {
    book: Book
    writer: LogWriter
    observatory: Observatory
    vault: Vault
    term: number
    /** See Sequencer. */
    isCurrent: () => true | Promise<boolean>
  },
): Promise<Reign> {
  const { cluster, name, log } = options
  const { bus, chance } = edge
  const { book, writer, observatory, vault, term, isCurrent } = parts
  const subjects = subjectsOf(cluster)
  const deposed = new AbortController()
  const { state } = book
  const publisher = await createDesiredPublisher({
    edge,
    term,
    onProblem: (sentence, error) => log.warn({ error: String(error) }, sentence),
  })
  const pipeline = createPipeline(publisher, subjects, vault)
  const ownRequest = ownRequests(chance, name)
  // The block that elects already carries the new term.
  state.position.term = term
  let watching: Watching | undefined
  const sequencer = new Sequencer<Sealed>({
    state,
    writer,
    isCurrent,
    ports: (sequence) => portsAt(edge, sequence, { observatory, vault }),
    hasMoved: (object, since) => book.history.hasSince(object, since),
    seal: pipeline.seal,
    stored: (entries, sequence, block) => {
      book.noteStored(entries, sequence)
      observatory.follow(entries)
      watching?.note(entries)
      pipeline.publishLater(block, sequence)
      announce(bus, subjects.changes, entries, sequence)
      void drain()
    },
    onBug: (error) => log.error({ error }, 'a rule failed: this is a bug, please report it'),
    failed: (reason) => deposed.abort(reason),
  })
  const drain = drainer(pipeline, sequencer, state)
  const isElected = await elect(options, { state, sequencer, ownRequest, term })
  const publishAll = () => {
    pipeline.addAll(state)
    void drain()
  }
  const serving = new DisposableStack()
  if (isElected) {
    publishAll()
    watching = watch(edge, options, { book, observatory, vault, sequencer })
    observatory.report((command) => sequencer.submit({ request: ownRequest('observer', command) }))
    const door = openDoor(options, { book, state, vault, sequencer, ownRequest })
    serving.use(serveCommands(bus, cluster, door))
    serving.use(servePositions(bus, cluster, { ...publisher, upTo: pipeline.upTo }))
    log.info({ term, sequence: state.position.sequence }, 'leading')
  }
  return {
    sequencer,
    deposed: deposed.signal,
    async republish() {
      await publisher.reload()
      publishAll()
    },
    async inspect() {
      if (!(await publisher.inspect())) publishAll()
    },
    async end() {
      serving.dispose()
      observatory.report(undefined)
      watching?.policies[Symbol.dispose]()
      await sequencer.close()
      await watching?.webhooks[Symbol.asyncDispose]()
      // What the last block has changed is published by now.
      await setImmediate()
      publisher.stop()
    },
  }
}

/** What looks at each entry once it is stored. */
type Watching = {
  readonly policies: PolicyLoop
  readonly webhooks: Webhooks
  readonly note: (entries: readonly Entry[]) => void
}

function watch(
  { bus, time, chance }: Edge,
  { cluster, log }: ControllerSettings,
  parts: { book: Book; observatory: Observatory; vault: Vault; sequencer: Sequencer<Sealed> },
): Watching {
  const { book, observatory, vault, sequencer } = parts
  const policies = runPolicies({
    edge: { time, chance },
    state: book.state,
    observed: observatory.store,
    submit: (request) => sequencer.submit({ request }),
    onBug: (error) => log.error({ error }, 'a policy failed: this is a bug, please report it'),
  })
  // Whoever asked for it is told what is stored, also by the next leader from there on.
  const webhooks = runWebhooks(book.state, {
    cluster,
    cursors: jetStreamCursors(bus, cluster),
    post,
    entriesAt: (sequence) => book.entriesAt(sequence),
    unwrap: vault.unwrapText,
    now: time.wall,
    onProblem: (webhook, error) =>
      log.warn({ webhook, error: String(error) }, 'how far a webhook is cannot be read or noted'),
  })
  const note = (entries: readonly Entry[]) => {
    policies.note(entries)
    webhooks.wake()
  }
  return { policies, webhooks, note }
}

function ownRequests({ newId }: Edge['chance'], name: string): OwnRequest {
  return (kind, command) => ({ id: newId(), actor: { kind, name, via: 'controller' }, command })
}

/**
 * The block that fences every earlier leader. Until it is stored this controller knows only that it
 * has the lease: what it takes for superfluous may be what a faster one has just published.
 */
function elect(
  { name, founder }: ControllerSettings,
  parts: {
    state: State
    sequencer: Sequencer<Sealed>
    ownRequest: OwnRequest
    term: number
  },
): Promise<boolean> {
  const { state, sequencer, ownRequest, term } = parts
  const { promise, resolve } = Promise.withResolvers<boolean>()
  sequencer.submit({
    request: ownRequest('system', { type: 'leader.elect', args: { term, controller: name } }),
    answer: ({ ok }) => resolve(ok),
  })
  sequencer.submit({ request: ownRequest('system', { type: 'cluster.found', args: {} }) })
  if (founder && state.members.size === 0) {
    const args = { member: founder.name, role: founder.role, publicKey: founder.publicKey }
    sequencer.submit({ request: ownRequest('system', { type: 'member.add', args }) })
  }
  return promise
}

/** Where commands of users come in: what is secret in them is encrypted first. */
function openDoor(
  { log, readPassphrase: read }: ControllerSettings,
  parts: {
    book: Book
    state: State
    vault: Vault
    sequencer: Sequencer<Sealed>
    ownRequest: OwnRequest
  },
): (job: Job) => void {
  const { book, state, vault, sequencer, ownRequest } = parts
  const submit = protectSecrets({
    vault,
    state: () => state,
    submit: guardPlans(book, (job) => sequencer.submit(job)),
    onReopened: () =>
      sequencer.submit({ request: ownRequest('system', { type: 'encryption.unlock', args: {} }) }),
    onBug: (error) => log.error({ error }, 'a secret could not be encrypted'),
  })
  void commandAtStart({ vault, read, state: () => state, log }).then((command) => {
    if (command) submit({ request: ownRequest('system', command) })
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
  { time, chance }: Edge,
  sequence: number,
  { observatory, vault }: { observatory: Observatory; vault: Vault },
): Ports {
  return { now: time.wall(), sequence, ...chance, observed: observatory.store, vault }
}

/** Tells waiting clients which objects moved; they ask for details. Lost ones do no harm. */
function announce(
  bus: Pick<Edge['bus'], 'publish'>,
  subject: string,
  entries: readonly Entry[],
  sequence: number,
): void {
  bus.publish(subject, JSON.stringify({ sequence, definitions: definitionsIn(entries) }))
}
