/**
 * Makes facts of what satellites report and of their silence. Knows nothing of NATS: the observatory
 * brings what was said, a simulation may do so as well.
 */
import {
  type Args,
  type Command,
  type Entry,
  Heartbeat,
  type Node,
  nameKey,
  type ObservedNode,
  type State,
  type Subjects,
  type VarveEvent,
} from '@varve/events'
import { compileResource } from '../core/desired/compile.ts'
import { parseJson } from '../serve/read-request.ts'
import { factsOf } from './facts.ts'
import { createLiveness } from './liveness.ts'
import { overdueCommands } from './overdue.ts'
import { createSight } from './sight.ts'
import { createObservedStore, type Observation, type ObservedStore } from './store.ts'

/** How often it judges. */
export const tickMs = 500

export type WitnessOptions = {
  readonly subjects: Subjects
  readonly state: () => State
  /** ms on a clock that never jumps; heartbeats are judged by it. */
  readonly monotonic: () => number
  /** ms since epoch, as in the log. */
  readonly now: () => number
  /** Asks a node to tell all again. */
  readonly askAgain: (node: string) => void
  /** What was reported under these subjects is of no use any more; called while leading. */
  readonly purge: (filter: string) => void
  readonly onReport?: ((observation: Observation) => void) | undefined
}

export type Witness = {
  readonly store: ObservedStore
  readonly takeReport: (subject: string, text: string) => void
  readonly takeHeartbeat: (subject: string, text: string) => void
  /** Judges who has been silent and what has taken too long; called every `tickMs`. */
  readonly tick: () => void
  /** Where facts go while this controller leads; undefined stops them. */
  readonly report: (submit: ((command: Command) => void) | undefined) => void
  /** Takes up nodes that were made, and drops what was reported of things that are gone now. */
  readonly follow: (entries: readonly Entry[]) => void
}

export function createWitness(options: WitnessOptions): Witness {
  const { subjects, state, monotonic } = options
  const store = createObservedStore()
  const liveness = createLiveness(monotonic())
  const lookAround = createSight(monotonic)
  let submit: ((command: Command) => void) | undefined

  /** Online: a node that we know, heard just now, whose description is of the same boot. */
  function noticeNode(name: string): void {
    const node = state().nodes.get(nameKey(name))
    const seen = store.node(name)
    if (!submit || !node || !seen || liveness.bootOf(name) !== seen.boot) return
    if (liveness.isSilent(name, monotonic()) || isKnown(node, seen)) return
    submit({ type: 'fact.node-online', args: described(node.name, seen) })
  }

  function notice(observation: Observation): void {
    if (observation.kind === 'node') noticeNode(observation.value.node)
    for (const fact of factsOf(observation)) submit?.(fact)
    options.onReport?.(observation)
  }

  function forget({ node, definition }: Gone): void {
    if (definition === undefined) {
      store.forgetNode(node)
      liveness.forget(node)
      if (submit) options.purge(subjects.observedOf(node))
    } else {
      store.forgetResource(definition, node)
      if (submit) options.purge(subjects.observed(node, 'resource', definition))
    }
  }

  return {
    store,
    takeReport(subject, text) {
      const observation = store.take(subject, text)
      if (observation) notice(observation)
    },
    takeHeartbeat(subject, text) {
      const parsed = Heartbeat.safeParse(parseJson(text))
      if (!parsed.success || subjects.heartbeat(parsed.data.node) !== subject) return
      const { node, boot } = parsed.data
      liveness.hear(node, boot, monotonic())
      if (store.node(node)?.boot === boot) noticeNode(node)
      // A satellite whose description was lost, or that is older than this controller.
      else options.askAgain(node)
    },
    tick() {
      if (!submit) return
      for (const node of state().nodes.values()) {
        if (node.link.status === 'online' && liveness.isSilent(node.name, monotonic())) {
          submit({ type: 'fact.node-offline', args: { node: node.name } })
        }
      }
      const due = [
        ...overdueCommands(state(), options.now(), tickMs),
        ...lookAround(state(), store),
      ]
      for (const command of due) submit(command)
    },
    follow(entries) {
      // Its satellite may have been waiting for it: its next heartbeat is too far away.
      for (const node of madeWith(entries)) noticeNode(node)
      for (const gone of goneWith(entries, state())) forget(gone)
    },
    report(to) {
      submit = to
      if (to) for (const observation of store.all()) notice(observation)
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

function madeWith(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'node.created' ? [event.node] : [])),
  )
}

/** What left the cluster: a resource, or a node as a whole. */
type Gone = { readonly node: string; readonly definition?: string }

/** After these nothing is to be heard of the resource on that node. */
const leavesNode: ReadonlySet<VarveEvent['type']> = new Set([
  'resource.deleted',
  'resource.lost',
  'debt.paid',
  'debt.forgiven',
])

function goneWith(entries: readonly Entry[], state: State): Gone[] {
  return entries.flatMap(({ events }) =>
    events.flatMap((event) => {
      if (event.type === 'snapshot.copy-removed' || event.type === 'snapshot.part-deleted') {
        const { definition, node } = event
        const isLast = compileResource(state, definition, node) === undefined
        return isLast ? [{ node, definition }] : []
      }
      if (leavesNode.has(event.type) && 'definition' in event && 'node' in event) {
        return [{ node: event.node, definition: event.definition }]
      }
      return event.type === 'node.deleted' || event.type === 'node.lost'
        ? [{ node: event.node }]
        : []
    }),
  )
}
