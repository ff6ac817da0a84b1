/** What is made of snapshots: other definitions, and the volumes' own past. */
import { definitionOf } from '@varve/events'
import { z } from 'zod'
import { created, notSupported } from '../answer/say.ts'
import { text } from '../body/lenient.ts'
import type { Call, Done } from '../call.ts'
import { change, type Route } from '../route.ts'
import { operationIsOver } from '../wait/operation.ts'
import { resourcesAreThere } from '../wait/ready.ts'
import { definitionIn, snapshotIn } from './find.ts'
import { placedNodes, sayCreated } from './resource-create.ts'

type Params = { readonly resource: string; readonly snapshot: string }

const Body = z.strictObject({
  to_resource: text,
  nodes: z.array(text).optional(),
  stor_pool_rename: z.record(z.string(), text).optional(),
})
type Body = z.infer<typeof Body>

export const snapshotRestoreRoutes: readonly Route[] = [
  change(
    {
      method: 'POST',
      path: '/v1/resource-definitions/{resource}/snapshot-restore-volume-definition/{snapshot}',
      on: ['create', 'volume-definition'],
      summary: 'Give an empty definition the volumes of a snapshot',
      body: Body,
    },
    restoreVolumes,
  ),
  change(
    {
      method: 'POST',
      path: '/v1/resource-definitions/{resource}/snapshot-restore-resource/{snapshot}',
      on: ['create', 'resource'],
      summary: 'Place such a definition with the content of the snapshot',
      missing: 'stor_pool_rename to another pool',
      body: Body,
    },
    restoreResources,
  ),
  change(
    {
      method: 'POST',
      path: '/v1/resource-definitions/{resource}/snapshot-rollback/{snapshot}',
      on: ['modify', 'snapshot'],
      summary: 'Give the volumes themselves the content of a snapshot',
      missing: 'zfs_rollback_strategy other than rollback',
      body: z.strictObject({ zfs_rollback_strategy: text.optional() }),
    },
    rollBack,
  ),
]

async function restoreVolumes(call: Call<Params, Body>): Promise<void> {
  const found = endsOf(call)
  if (!found) return
  const done = await call.command('snapshot.restore-volume-definitions', found)
  if (!done) return
  for (const number of numbersOf(call, found)) {
    const refs = { RscDfn: found.to, VlmNr: String(number) }
    call.say(created('volume definition', `${found.to}/${number}`, refs))
  }
}

async function restoreResources(call: Call<Params, Body>): Promise<void> {
  const { nodes, stor_pool_rename: renamed = {} } = call.body
  if (Object.entries(renamed).some(([from, to]) => from !== to)) {
    const instead = 'The content lies in the pool of the snapshot: restore it there, then move it.'
    call.say(notSupported('Restoring into another storage pool', instead))
    return
  }
  const found = endsOf(call)
  if (!found) return
  const done = await call.command('snapshot.restore-resources', {
    ...found,
    ...(nodes === undefined || nodes.length === 0 ? {} : { nodes }),
  })
  if (!done) return
  for (const node of placedNodes(done.result)) sayCreated(call, found.to, node)
  await resourcesAreThere(call, found.to, done)
}

async function rollBack(
  call: Call<Params, { readonly zfs_rollback_strategy?: string | undefined }>,
): Promise<void> {
  const { zfs_rollback_strategy: strategy = 'rollback' } = call.body
  if (!['rollback', 'dynamic'].includes(strategy.toLowerCase())) {
    call.say(notSupported(`ZFS rollback strategy ${strategy}`))
    return
  }
  const row = snapshotIn(call, call.params.resource, call.params.snapshot)
  if (!row) return
  const { definition, name: snapshot } = row
  const done = await call.command('snapshot.rollback', { definition, snapshot })
  if (done) await sayRolledBack(call, done, { definition, snapshot })
}

async function sayRolledBack(
  call: Call,
  done: Done,
  { definition, snapshot }: { readonly definition: string; readonly snapshot: string },
): Promise<void> {
  const refs = { RscDfn: definition, Snapshot: snapshot }
  const what = `The rollback of '${definition}' to snapshot '${snapshot}'`
  if (!(await operationIsOver(call, done, { definition, what, refs }))) return
  const problem = definitionOf(call.world.state, definition)?.rollbackProblem?.problem
  if (problem !== undefined) {
    call.fail('FAIL_UNKNOWN_ERROR', `${what} was given up, nothing was changed: ${problem}`, refs)
    return
  }
  const message = `'${definition}' has the content of snapshot '${snapshot}'.`
  call.say({ code: 'MODIFIED', message, refs })
}

/** Source, snapshot and target in the spelling of their makers; what is missing was said. */
function endsOf(call: Call<Params, Body>) {
  const row = snapshotIn(call, call.params.resource, call.params.snapshot)
  const target = row && definitionIn(call, call.body.to_resource)
  return row && target && { definition: row.definition, snapshot: row.name, to: target.name }
}

function numbersOf(call: Call, { definition, snapshot }: { definition: string; snapshot: string }) {
  const key = `${definition}/${snapshot}`.toLowerCase()
  return call.world.state.snapshots.get(key)?.volumes.map(({ number }) => number) ?? []
}
