/**
 * Sees what satellites report: keeps the newest of everything, on every controller, and on the
 * leader turns it into facts. Live messages come over core NATS; what was reported before this
 * controller started is read from the stream once.
 */
import { performance } from 'node:perf_hooks'
import { jetstreamManager } from '@nats-io/jetstream'
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import {
  type Args,
  type Command,
  type Entry,
  Heartbeat,
  type Node,
  nameKey,
  type ObservedNode,
  type State,
  streams,
  subjectsOf,
} from '@varve/events'
import { lastPerSubject } from '../publish/last-per-subject.ts'
import { parseJson } from '../serve/read-request.ts'
import { factsOf } from './facts.ts'
import { createLiveness } from './liveness.ts'
import { overdueCommands } from './overdue.ts'
import { everyPunctual } from './punctual.ts'
import { createSight } from './sight.ts'
import { createObservedStore, type Observation, type ObservedStore } from './store.ts'

export type Observatory = AsyncDisposable & {
  readonly store: ObservedStore
  /** Where facts go while this controller leads; undefined stops them. */
  readonly report: (submit: ((command: Command) => void) | undefined) => void
  /** Takes up nodes that were made, and drops what was reported of things that are gone now. */
  readonly follow: (entries: readonly Entry[]) => void
}

const tickMs = 500

type ObservatoryOptions = {
  readonly connection: NatsConnection
  readonly cluster: string
  readonly state: () => State
  readonly onReport?: (observation: Observation) => void
}

export async function openObservatory(options: ObservatoryOptions): Promise<Observatory> {
  const { connection, cluster, state } = options
  const subjects = subjectsOf(cluster)
  const store = createObservedStore()
  const liveness = createLiveness(performance.now())
  const lookAround = createSight(() => performance.now())
  let submit: ((command: Command) => void) | undefined
  const manager = await jetstreamManager(connection, { checkAPI: false })

  /** Online: a node that we know, heard just now, whose description is of the same boot. */
  function noticeNode(name: string): void {
    const node = state().nodes.get(nameKey(name))
    const seen = store.node(name)
    if (!submit || !node || !seen || liveness.bootOf(name) !== seen.boot) return
    if (liveness.isSilent(name, performance.now()) || isKnown(node, seen)) return
    submit({ type: 'fact.node-online', args: described(node.name, seen) })
  }

  function notice(observation: Observation): void {
    if (observation.kind === 'node') noticeNode(observation.value.node)
    for (const fact of factsOf(observation)) submit?.(fact)
    options.onReport?.(observation)
  }

  function hear(message: Msg): void {
    const parsed = Heartbeat.safeParse(parseJson(message.string()))
    if (!parsed.success || subjects.heartbeat(parsed.data.node) !== message.subject) return
    const { node, boot } = parsed.data
    liveness.hear(node, boot, performance.now())
    if (store.node(node)?.boot === boot) noticeNode(node)
    // A satellite whose description was lost, or that is older than this controller.
    else connection.publish(subjects.republish(node), '')
  }

  function tick(): void {
    if (!submit) return
    for (const node of state().nodes.values()) {
      if (node.link.status === 'online' && liveness.isSilent(node.name, performance.now())) {
        submit({ type: 'fact.node-offline', args: { node: node.name } })
      }
    }
    const due = [...overdueCommands(state(), Date.now(), tickMs), ...lookAround(state(), store)]
    for (const command of due) submit(command)
  }

  const live = listen(connection, subjects.allObserved, (message) => {
    const observation = store.take(message.subject, message.string())
    if (observation) notice(observation)
  })
  const beats = listen(connection, subjects.heartbeats, hear)
  const ticking = everyPunctual(tickMs, tick)
  for await (const { subject, text } of lastPerSubject(connection, streams.observed)) {
    if (!store.has(subject)) store.take(subject, text)
  }

  function forget({ node, definition }: Gone): void {
    if (definition === undefined) {
      store.forgetNode(node)
      liveness.forget(node)
      if (submit) purge(subjects.observedOf(node))
    } else {
      store.forgetResource(definition, node)
      if (submit) purge(subjects.observed(node, 'resource', definition))
    }
  }

  /** A report that cannot be removed now is of no harm: nobody asks for it any more. */
  function purge(filter: string): void {
    manager.streams.purge(streams.observed, { filter }).catch(() => undefined)
  }

  return {
    store,
    follow(entries) {
      // Its satellite may have been waiting for it: its next heartbeat is too far away.
      for (const node of madeWith(entries)) noticeNode(node)
      for (const gone of goneWith(entries)) forget(gone)
    },
    report(to) {
      submit = to
      if (to) for (const observation of store.all()) notice(observation)
    },
    [Symbol.asyncDispose]: async () => {
      ticking[Symbol.dispose]()
      for (const subscription of [live, beats]) subscription.unsubscribe()
    },
  }
}

function described(
  node: string,
  { boot, uname, capabilities, publicKey }: ObservedNode,
): Args<'fact.node-online'> {
  return { node, boot, uname, capabilities, ...(publicKey === undefined ? {} : { publicKey }) }
}

function isKnown(node: Node, seen: ObservedNode): boolean {
  const isSame =
    node.link.status === 'online' && node.link.boot === seen.boot && node.uname === seen.uname
  if (seen.publicKey !== undefined && node.publicKey !== seen.publicKey) return false
  return isSame && JSON.stringify(node.capabilities) === JSON.stringify(seen.capabilities)
}

function listen(connection: NatsConnection, subject: string, take: (message: Msg) => void) {
  return connection.subscribe(subject, {
    callback: (error, message) => {
      if (!error) take(message)
    },
  })
}

function madeWith(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'node.created' ? [event.node] : [])),
  )
}

/** What left the cluster: a resource, or a node as a whole. */
type Gone = { readonly node: string; readonly definition?: string }

function goneWith(entries: readonly Entry[]): Gone[] {
  return entries.flatMap(({ events }) =>
    events.flatMap((event) => {
      if (event.type === 'resource.deleted' || event.type === 'resource.lost') {
        return [{ node: event.node, definition: event.definition }]
      }
      return event.type === 'node.deleted' || event.type === 'node.lost'
        ? [{ node: event.node }]
        : []
    }),
  )
}
