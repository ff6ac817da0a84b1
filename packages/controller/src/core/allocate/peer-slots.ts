/**
 * Peer slots: for how many diskful peers DRBD's metadata has a bitmap. Set when the metadata is
 * created and fixed from then on, so it is judged before a replica is added (reference 2).
 */
import {
  controllerProps,
  definitionOf,
  firstOf,
  groupOf,
  limits,
  nameKey,
  type Props,
  type Refusal,
  refuse,
  resourcesOf,
  type State,
} from '@varve/events'

/**
 * Value for a new resource definition: what was asked for (a spawn passes its group's field
 * here), else `PeerSlotsNewResource` of definition, group or controller, else 7.
 */
export function peerSlotsFor(
  state: State,
  of: { readonly wanted?: number; readonly group: string; readonly props?: Props },
): number {
  if (of.wanted !== undefined) return of.wanted
  const chain = [of.props, groupOf(state, of.group)?.props, controllerProps(state)]
  const slots = Number(firstOf('PeerSlotsNewResource', chain))
  const isPossible =
    Number.isInteger(slots) && slots >= limits.peerSlots.min && slots <= limits.peerSlots.max
  return isPossible ? slots : limits.peerSlots.normal
}

/**
 * Whether `adding` more diskful replicas fit: for the newcomers' own metadata and for that of
 * every replica there is, also one on its way out, whose slot is taken until it is gone.
 * Diskless peers need none. `except`: a node whose resource is being replaced or converted.
 */
export function checkPeerSlots(
  state: State,
  definition: string,
  { adding = 1, except }: { readonly adding?: number; readonly except?: string } = {},
): Refusal | undefined {
  const normal = definitionOf(state, definition)?.peerSlots ?? limits.peerSlots.normal
  const diskful = resourcesOf(state, definition).filter(
    (row) =>
      row.kind === 'diskful' && (except === undefined || nameKey(row.node) !== nameKey(except)),
  )
  const peers = diskful.length + adding - 1
  if (normal < peers) {
    const remedy = 'Raise the peer slots of the resource definition; only new replicas use them.'
    const fields = { subject: definition, measured: normal, required: peers }
    return refuse('peer-slots-exhausted', fields, remedy)
  }
  const tight = diskful.find((row) => (row.peerSlots ?? normal) < peers)
  if (!tight) return undefined
  const fields = {
    subject: `The replica on node ${tight.node}`,
    measured: tight.peerSlots ?? normal,
    required: peers,
  }
  const remedy = `Delete and create again the replica on node ${tight.node}: it gets new metadata.`
  return refuse('peer-slots-exhausted', fields, remedy)
}
