/** What nodes can run: the satellite's own words, and the limits of the old DRBD 8.4. */
import {
  isDrbd84,
  type Layer,
  type Node,
  nameKey,
  nodeOf,
  type Provider,
  type Refusal,
  type ResourceKind,
  refuse,
  resourcesOf,
  type State,
} from '@varve/events'
import { type Answer, never, notNow, ok } from './answer.ts'

/** What the node would have to run. A diskless resource has no layers below DRBD or NVMe. */
export type Wanted = {
  readonly layers: readonly Layer[]
  readonly provider?: Provider
  readonly kind?: ResourceKind
  /** With it, the limits of DRBD 8.4 are judged against the resources that exist. */
  readonly definition?: string
}

/** Refusal when the node cannot run the resource; for placements by hand. */
export function refuseIncapable(state: State, node: Node, wanted: Wanted): Refusal | undefined {
  const diskless = wanted.kind !== undefined && wanted.kind !== 'diskful'
  const layers = runLayers(wanted.layers, diskless)
  for (const layer of layers) {
    const verdict = canRunLayer(node, layer)
    if (verdict.answer !== 'ok') return incapable(node, `layer ${layer}`, verdict.reason)
  }
  if (wanted.provider !== undefined) {
    const verdict = canRunProvider(node, wanted.provider)
    if (verdict.answer !== 'ok') {
      return incapable(node, `provider ${wanted.provider}`, verdict.reason)
    }
  }
  if (wanted.definition === undefined || !layers.includes('DRBD')) return undefined
  const limit = keepsDrbd84Limits(node, {
    ...drbd84View(state, wanted.definition, node),
    diskless,
  })
  return limit.answer === 'ok' ? undefined : incapable(node, 'this resource', limit.reason)
}

/** Layers that a resource really has on its node; storage itself is judged by its provider. */
export function runLayers(layers: readonly Layer[], diskless: boolean): readonly Layer[] {
  const run = layers.filter((layer) => layer !== 'STORAGE')
  return diskless ? run.slice(0, run.findLastIndex((layer) => reachesOut.has(layer)) + 1) : run
}

/** Layers that have storage of other nodes to offer. */
const reachesOut: ReadonlySet<Layer> = new Set(['DRBD', 'NVME'])

export function canRunLayer(node: Node, layer: Layer): Answer {
  if (!node.capabilities) return notNow('its satellite has not said yet what it can do')
  const ability = node.capabilities.layers[layer]
  if (!ability) return never(`it cannot run layer ${layer}: its satellite does not know the layer`)
  return ability.able ? ok : never(`it cannot run layer ${layer}: ${ability.reason}`)
}

/** A pool's provider was judged when the pool was made; only a "no" said since then counts. */
export function canRunProvider(node: Node, provider: Provider): Answer {
  const ability = node.capabilities?.providers[provider]
  return ability?.able === false
    ? never(`it cannot use provider ${provider}: ${ability.reason}`)
    : ok
}

export type Drbd84View = {
  /** Another node of the resource that runs DRBD 8.4. */
  readonly old: string | undefined
  /** Nodes that have the resource without a disk (keys). */
  readonly disklessNodes: ReadonlySet<string>
  /** Diskful replicas that there will be. */
  readonly replicas: number
  /** The resource to add is diskless. */
  readonly diskless: boolean
}

/** DRBD 8.4 joins two replicas and nothing else: no third, no diskless peer, no tie-breaker. */
export function keepsDrbd84Limits(node: Node, view: Drbd84View): Answer {
  const old = isDrbd84(node.capabilities) ? node.name : view.old
  if (old === undefined) return ok
  const runs = `node ${old} runs DRBD 8.4`
  if (view.diskless) return never(`${runs}, which has neither diskless peers nor tie-breakers`)
  if (view.disklessNodes.size > (view.disklessNodes.has(nameKey(node.name)) ? 1 : 0)) {
    return never(`${runs}, which cannot join the diskless peers that the resource has`)
  }
  if (view.replicas > 2) {
    return never(`${runs}, which has at most two replicas; ${view.replicas} are asked for`)
  }
  return ok
}

function drbd84View(state: State, definition: string, node: Node): Omit<Drbd84View, 'diskless'> {
  // Also those that are being deleted: they take part until they are gone.
  const others = resourcesOf(state, definition).filter(
    (row) => nameKey(row.node) !== nameKey(node.name),
  )
  return {
    old: others.find((row) => isDrbd84(nodeOf(state, row.node)?.capabilities))?.node,
    disklessNodes: new Set(
      others.filter((row) => row.kind !== 'diskful').map((row) => nameKey(row.node)),
    ),
    replicas: others.filter((row) => row.kind === 'diskful').length + 1,
  }
}

function incapable(node: Node, required: string, problem: string): Refusal {
  return refuse('not-capable', { subject: node.name, required, problem })
}
