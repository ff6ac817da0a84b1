/** Resources: read, changed, made available, removed. */
import {
  isLive,
  nameKey,
  type Resource,
  resourceOf,
  resourcesOf,
  type State,
  volumesOf,
} from '@varve/events'
import type { World } from '@varve/projections'
import { z } from 'zod'
import { deleted, nothingToDelete, notSupported } from '../answer/say.ts'
import { flag, propertyChanges } from '../body/lenient.ts'
import { propertyArgs } from '../body/property-changes.ts'
import type { Call } from '../call.ts'
import type { Query } from '../query.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { resourceView } from '../views/resource.ts'
import { operationIsOver } from '../wait/operation.ts'
import { sayChanged } from '../wait/taken-over.ts'
import { definitionIn, resourceIn } from './find.ts'

const noun = 'resource'
const path = '/v1/resource-definitions/{resource}/resources'
const one = '/v1/resource-definitions/{resource}/resources/{node}'

export const resourceRoutes: readonly Route[] = [
  read(
    '/v1/view/resources',
    'Resources of all nodes with their volumes',
    (call) => {
      const { world } = call
      const rows = call.asked.query.page(resourcesMeant(world.state, call.asked.query))
      return { kind: 'rows', rows: viewsOf(world, rows) }
    },
    { cached: true },
  ),
  read(path, 'Resources of a definition', (call) => {
    const definition = definitionIn(call, call.params.resource)
    if (!definition) return undefined
    const { query } = call.asked
    const nodes = query.names('nodes')
    const rows = resourcesOf(call.world.state, definition.name).filter(
      (row) => (nodes?.has(nameKey(row.node)) ?? true) && query.matchesProps(row.props),
    )
    return json(query.page(rows).map((row) => resourceView(call.world, row, false)))
  }),
  read(one, 'One resource', (call) => {
    const row = resourceIn(call, call.params.resource, call.params.node)
    return row && json(resourceView(call.world, row, false))
  }),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'resource'],
      summary: 'Change a resource’s properties',
      missing: 'drbd_tiebreaker: true, since tie-breakers are made where they are needed',
      body: z.strictObject({
        drbd_tiebreaker: flag.optional(),
        drbd_client: flag.optional(),
        ...propertyChanges,
      }),
    },
    async (call) => {
      const { resource: definition, node } = call.params
      if (!(await changeKind(call))) return
      const args = { definition, node, ...propertyArgs(call.body) }
      const done = await call.command('resource.modify', args)
      if (!done) return
      const refs = { RscDfn: definition, Node: node }
      const name = `${definition} on ${node}`
      await sayChanged(call, done, { noun, name, refs, given: call.body, definition })
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'resource'],
      summary: 'Remove a resource from a node',
      body: noBody,
    },
    deleteResource,
  ),
]

type Kinds = {
  readonly drbd_tiebreaker?: boolean | undefined
  readonly drbd_client?: boolean | undefined
}

/** False: it cannot be made one of that kind, which is said. */
async function changeKind(
  call: Call<{ readonly resource: string; readonly node: string }, Kinds>,
): Promise<boolean> {
  const row = resourceIn(call, call.params.resource, call.params.node)
  if (!row) return false
  const { definition, node, kind } = row
  const { drbd_tiebreaker: isTieBreaker, drbd_client: isClient } = call.body
  if (isTieBreaker === true && kind !== 'tie-breaker') {
    const instead = 'Delete the resource: a tie-breaker is made in its place where one is needed.'
    call.say(notSupported('Making a tie-breaker of a resource', instead))
    return false
  }
  if (isTieBreaker === false && kind === 'tie-breaker') {
    // Whoever needs the volume there takes the tie-breaker over.
    const done = await call.command('resource.make-available', { definition, node, diskful: false })
    if (!done) return false
  }
  if (isClient === undefined || kind === 'diskful' || isClient === (kind === 'client')) return true
  const to = isClient ? 'client' : 'diskless'
  return (await call.command('resource.toggle-disk', { definition, node, to })) !== undefined
}

function* viewsOf(world: World, rows: readonly Resource[]): Generator<object> {
  for (const row of rows) yield resourceView(world, row, true)
}

async function deleteResource(
  call: Call<{ readonly resource: string; readonly node: string }>,
): Promise<void> {
  const { resource: definition, node } = call.params
  const refs = { RscDfn: definition, Node: node }
  const row = resourceOf(call.world.state, definition, node)
  if (!row) {
    call.say(nothingToDelete(noun, `${definition} on ${node}`, refs))
    return
  }
  if (row.kind === 'tie-breaker' && (await keepsTieBreaker(call, definition, refs))) return
  const done = await call.command('resource.delete', {
    definition,
    node,
    ...(isLastOfAll(call.world.state, row) ? { acceptDataLoss: true } : {}),
  })
  if (!done) return
  const what = `The deletion of resource '${definition}' on node '${node}'`
  if (await operationIsOver(call, done, { definition, what, refs })) {
    call.say(deleted(noun, `${definition} on ${node}`, refs))
  }
}

/** The controller would make another at once: whoever deletes it means that none is wanted. */
async function keepsTieBreaker(
  call: Call,
  definition: string,
  refs: Readonly<Record<string, string>>,
): Promise<boolean> {
  if (call.asked.query.flag('keep_tiebreaker')) {
    call.say({ code: 'INFO_NOOP', message: `The tie-breaker of '${definition}' is kept.`, refs })
    return true
  }
  const key = 'DrbdOptions/auto-add-quorum-tiebreaker'
  const setProps = { [key]: 'False' }
  const done = await call.command('resource-definition.modify', { definition, setProps })
  if (done) call.say({ code: 'INFO_PROP_SET', message: `Property ${key} is set to False.`, refs })
  return !done
}

/**
 * LINSTOR's clients remove a volume replica by replica, the last one as well: then all of it is to
 * go, as by deleting the definition. Beside another replica, good or not, the rule of the last
 * good copy holds, and so it does while diskless resources still use it.
 */
function isLastOfAll(state: State, row: Resource): boolean {
  if (row.kind !== 'diskful') return false
  return resourcesOf(state, row.definition).every(
    (other) => other.node === row.node || !isLive(other) || other.kind === 'tie-breaker',
  )
}

/** Through the index of the filter that leaves the fewest. */
function resourcesMeant(state: State, query: Query): Resource[] {
  const nodes = query.names('nodes')
  const pools = query.names('storage_pools')
  const definitions = query.names('resources')
  const keys = definitions
    ? [...definitions].sort().flatMap((name) => state.resources.keysBy('definition', name))
    : nodes
      ? [...nodes].flatMap((name) => state.resources.keysBy('node', name)).sort()
      : state.resources.keys()
  const rows: Resource[] = []
  for (const key of keys) {
    const row = state.resources.get(key)
    if (!row || !(nodes?.has(nameKey(row.node)) ?? true) || !query.matchesProps(row.props)) continue
    if (pools && !isIn(state, row, pools)) continue
    rows.push(row)
  }
  return rows
}

function isIn(state: State, row: Resource, pools: ReadonlySet<string>): boolean {
  return volumesOf(state, row.definition, row.node).some(
    ({ pool }) => pool !== undefined && pools.has(nameKey(pool)),
  )
}
