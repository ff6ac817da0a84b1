/** Rules of NVMe over fabrics: one target for each definition, and initiators that it outlives. */
import {
  isLive,
  nameKey,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  type ResourceKind,
  refuse,
  resourcesOf,
  type State,
} from '@varve/events'

/** Refusal when this cannot be a target, or has none to connect to. */
export function refuseNvme(
  state: State,
  definition: ResourceDefinition,
  wanted: { readonly node: string; readonly kind: ResourceKind },
): Refusal | undefined {
  if (!definition.layers.includes('NVME')) return undefined
  const { name } = definition
  const target = resourcesOf(state, name).find(({ kind }) => kind === 'diskful')
  if (wanted.kind === 'diskful') {
    if (!target || nameKey(target.node) === nameKey(wanted.node)) return undefined
    return refuse(
      'nvme-target-exists',
      { subject: name, measured: target.node },
      `To use it on ${wanted.node}: varve resource create ${name} ${wanted.node} --diskless`,
    )
  }
  if (wanted.kind !== 'diskless') {
    const problem = `Over NVMe there are targets and initiators: a ${wanted.kind} of ${name} would be neither.`
    return refuse('not-supported', { problem }, 'Make it --diskless: an initiator.')
  }
  if (target && isLive(target)) return undefined
  return refuse(
    'no-nvme-target',
    { subject: name, measured: wanted.node },
    `Place it first: varve resource create ${name} <node> --storage-pool <pool>`,
  )
}

/** Refusal while others use what this resource offers: they would hang without it. */
export function refuseIfInitiators(
  state: State,
  definition: ResourceDefinition,
  { kind }: Resource,
): Refusal | undefined {
  if (kind !== 'diskful' || !definition.layers.includes('NVME')) return undefined
  const { name } = definition
  const users = resourcesOf(state, name).filter((row) => row.kind !== 'diskful')
  if (users.length === 0) return undefined
  const problem = `it is used over NVMe on ${users.map(({ node }) => node).join(', ')}`
  return refuse(
    'in-use',
    { noun: 'Resource', subject: name, problem },
    `Delete it there first: varve resource delete ${name} ${users[0]?.node}`,
  )
}
