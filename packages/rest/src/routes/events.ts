/** Server-sent events: nodes that come, change and go; resources that may be promoted, or not any more. */
import { definitionOf, type Node, nameKey, resourcesOf } from '@varve/events'
import type { World } from '@varve/projections'
import type { Call } from '../call.ts'
import { type Route, read } from '../route.ts'
import { isEvicted, nodeView } from '../views/node.ts'
import { believed, promotionOf } from '../views/resource.ts'
import { changesOf } from '../wait/changes.ts'

/** Of the connection, so that both ends notice when the other has gone. */
const keepAliveMs = 15_000

export const eventRoutes: readonly Route[] = [
  read(
    '/v1/events/nodes',
    'Nodes that come, change and go, as server-sent events',
    (call) => ({
      kind: 'events',
      events: follow(call, nodeEvents),
    }),
    { live: true },
  ),
  read(
    '/v1/events/drbd/promotion',
    'Resources that may be promoted, as server-sent events',
    (call) => ({
      kind: 'events',
      events: follow(call, promotionEvents),
    }),
    { live: true },
  ),
]

type Event = { readonly event: string; readonly data: object }
/** Compares what there is with what it has told; the first call tells everything. */
type Teller = (world: World, changed: ReadonlySet<string> | 'anything') => Event[]

/**
 * Tells what has changed until the client goes. Whoever comes back with any Last-Event-ID is told
 * all there is first: what it missed is among it.
 */
async function* follow(call: Call, teller: () => Teller): AsyncGenerator<string> {
  const { ports, headers, signal } = call.asked
  const tell = teller()
  const due = changesOf(ports.onChange)
  using _listening = due
  let count = 0
  const print = ({ event, data }: Event) => {
    count += 1
    return `id: ${count}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
  }
  const all = tell(ports.world(), 'anything')
  const begin = headers.has('last-event-id') ? all.map(print).join('') : ''
  // Something at once, so that the client knows that it is connected.
  yield begin === '' ? ': connected\n\n' : begin
  while (!signal.aborted) {
    const changed = await due.next(keepAliveMs, signal)
    if (changed === undefined) {
      yield ': still here\n\n'
      continue
    }
    const events = tell(ports.world(), changed)
    // What is told has to be in the log by then.
    await ports.barrier()
    if (events.length > 0) yield events.map(print).join('')
  }
}

/** Records are replaced when they change, so they are compared by identity. */
function nodeEvents(): Teller {
  let known = new Map<string, Node>()
  return ({ state }) => {
    const now = new Map([...state.nodes.values()].map((node) => [nameKey(node.name), node]))
    const events: Event[] = []
    for (const [key, node] of now) {
      const before = known.get(key)
      if (!before) events.push({ event: 'node-create', data: { node: nodeView(node) } })
      else if (before !== node) {
        const data = { old_node: nodeView(before), new_node: nodeView(node) }
        events.push({ event: 'node-modified', data })
        const isMoved = (before.evacuation === undefined) !== (node.evacuation === undefined)
        if (isMoved) events.push({ event: movement(node), data: { node: nodeView(node) } })
      }
    }
    for (const [key, node] of known) {
      if (!now.has(key)) events.push({ event: 'node-delete', data: { node: nodeView(node) } })
    }
    known = now
    return events
  }
}

function movement(node: Node): string {
  if (!node.evacuation) return 'node-restored'
  return isEvicted(node) ? 'node-evicted' : 'node-evacuate'
}

function promotionEvents(): Teller {
  const known = new Map<string, boolean>()
  return (world, changed) => {
    const { state } = world
    const keys = changed === 'anything' ? state.definitions.keys() : [...changed]
    return keys.flatMap((key) =>
      resourcesOf(state, definitionOf(state, key)?.name ?? key).flatMap((resource) => {
        const { may_promote } = promotionOf(resource, believed(world, resource))
        const place = `${key}/${nameKey(resource.node)}`
        if (known.get(place) === may_promote) return []
        known.set(place, may_promote)
        const data = {
          resource_name: resource.definition,
          node_name: resource.node,
          may_promote,
        }
        return [{ event: 'may-promote-change', data }]
      }),
    )
  }
}
