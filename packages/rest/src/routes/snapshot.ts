/** Snapshots: what there is, taking, changing and deleting them. */
import {
  type commands,
  definitionOf,
  nameKey,
  type Snapshot,
  snapshotOf,
  snapshotsOf,
} from '@varve/events'
import { z } from 'zod'
import { created, deleted, modified, nothingToDelete } from '../answer/say.ts'
import { ignored, propertyChanges, text } from '../body/lenient.ts'
import { propertyArgs, propertyEntries } from '../body/property-changes.ts'
import type { Call, Done } from '../call.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { isShown, placesOf, snapshotView } from '../views/snapshot.ts'
import { uuidOf } from '../views/uuid.ts'
import { operationIsOver } from '../wait/operation.ts'
import { definitionIn, snapshotIn } from './find.ts'

const noun = 'snapshot'
const path = '/v1/resource-definitions/{resource}/snapshots'
const one = '/v1/resource-definitions/{resource}/snapshots/{snapshot}'

const Wanted = z.strictObject({
  name: text,
  resource_name: text.optional(),
  nodes: z.array(text).optional(),
  /** What answers have; of no account here. */
  props: ignored,
  snapshot_definition_props: ignored,
  resource_definition_props: ignored,
  flags: ignored,
  volume_definitions: ignored,
  uuid: ignored,
  snapshots: ignored,
})
type Wanted = z.infer<typeof Wanted>

export const snapshotRoutes: readonly Route[] = [
  read('/v1/view/snapshots', 'Snapshots of all definitions', (call) => {
    const { query } = call.asked
    const definitions = query.names('resources')
    const { state } = call.world
    const rows = definitions
      ? [...definitions].sort().flatMap((definition) => snapshotsOf(state, definition))
      : [...state.snapshots.values()]
    return { kind: 'rows', rows: wantedIn(call, rows).map(snapshotView) }
  }),
  read(path, 'Snapshots of a definition', (call) => {
    const definition = definitionIn(call, call.params.resource)
    if (!definition) return undefined
    const rows = snapshotsOf(call.world.state, definition.name)
    return json(wantedIn(call, rows).map(snapshotView))
  }),
  read(one, 'One snapshot', (call) => {
    const row = snapshotIn(call, call.params.resource, call.params.snapshot)
    return row && json(snapshotView(row))
  }),
  change(
    {
      method: 'POST',
      path,
      on: ['create', 'snapshot'],
      summary: 'Take a snapshot on all nodes at one moment',
      success: 201,
      body: Wanted,
    },
    (call) => take(call, call.params.resource, call.body),
  ),
  change(
    {
      method: 'POST',
      path: '/v1/actions/snapshot/multi',
      on: ['create', 'snapshot'],
      summary: 'Take snapshots of several definitions',
      success: 201,
      body: z.strictObject({ snapshots: z.array(Wanted).default([]) }),
    },
    (call) => takeAll(call, call.body.snapshots),
  ),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'snapshot'],
      summary: 'Change a snapshot’s properties',
      body: z.strictObject(propertyChanges),
    },
    async (call) => {
      const { resource: definition, snapshot } = call.params
      const args = { definition, snapshot, ...propertyArgs(call.body) }
      if (!(await call.command('snapshot.modify', args))) return
      const refs = { RscDfn: definition, Snapshot: snapshot }
      call.say(...propertyEntries(call.body), modified(noun, snapshot, refs))
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'snapshot'],
      summary: 'Delete a snapshot on all its nodes',
      body: noBody,
    },
    deleteSnapshot,
  ),
]

function wantedIn({ asked }: Call, rows: readonly Snapshot[]): readonly Snapshot[] {
  const nodes = asked.query.names('nodes')
  const names = asked.query.names('snapshots')
  const wanted = rows.filter(
    (row) =>
      isShown(row) &&
      (names?.has(nameKey(row.name)) ?? true) &&
      (nodes === undefined || placesOf(row).some(({ node }) => nodes.has(nameKey(node)))),
  )
  return asked.query.page(wanted)
}

const instead = {
  'not-found': 'FAIL_NOT_FOUND_RSC',
  'not-supported': 'FAIL_SNAPSHOTS_NOT_SUPPORTED',
  'node-offline': 'FAIL_NOT_CONNECTED',
  'in-use': 'FAIL_SNAPSHOT_NOT_UPTODATE',
} as const

async function take(call: Call, resource: string, { name, nodes }: Wanted): Promise<void> {
  const row = definitionIn(call, resource)
  if (!row) return
  const wanted = { definition: row.name, snapshot: name, ...someNodes(nodes) }
  const done = await call.command('snapshot.create', wanted, instead)
  if (done) await sayTaken(call, done, wanted)
}

/** One moment for all of them; who is told of the first, hears of each. */
async function takeAll(call: Call, all: readonly Wanted[]): Promise<void> {
  const snapshots: z.input<(typeof commands)['snapshot.create']>[] = []
  for (const { resource_name, name, nodes } of all) {
    const row = definitionIn(call, resource_name ?? '')
    if (!row) return
    snapshots.push({ definition: row.name, snapshot: name, ...someNodes(nodes) })
  }
  if (snapshots.length === 0) return
  const done = await call.command('snapshot.create-multiple', { snapshots }, instead)
  if (!done) return
  for (const one of snapshots) await sayTaken(call, done, one)
}

const someNodes = (nodes: readonly string[] | undefined) =>
  nodes === undefined || nodes.length === 0 ? {} : { nodes: [...nodes] }

async function sayTaken(
  call: Call,
  done: Done,
  { definition, snapshot }: { readonly definition: string; readonly snapshot: string },
): Promise<void> {
  const refs = { RscDfn: definition, Snapshot: snapshot }
  const what = `Snapshot '${snapshot}' of '${definition}'`
  if (!(await operationIsOver(call, done, { definition, what, refs }))) return
  const made = snapshotOf(call.world.state, definition, snapshot)
  if (made?.phase !== 'ready') {
    const problem = made?.problem ?? 'it was deleted meanwhile'
    call.fail('FAIL_UNKNOWN_ERROR', `${what} failed, and nothing is held: ${problem}`, refs)
    return
  }
  call.say(created(noun, snapshot, refs, uuidOf(made.origin, noun, definition, made.name)))
}

async function deleteSnapshot(
  call: Call<{ readonly resource: string; readonly snapshot: string }>,
): Promise<void> {
  const { resource, snapshot } = call.params
  const { state } = call.world
  const definition = definitionOf(state, resource)?.name ?? resource
  const refs = { RscDfn: definition, Snapshot: snapshot }
  if (!snapshotOf(state, definition, snapshot)) {
    call.say(nothingToDelete(noun, snapshot, refs))
    return
  }
  const nodes = call.asked.query.names('nodes')
  const parts = nodes === undefined ? {} : { nodes: [...nodes] }
  const done = await call.command('snapshot.delete', { definition, snapshot, ...parts })
  if (!done) return
  const what = `The deletion of snapshot '${snapshot}' of '${definition}'`
  if (await operationIsOver(call, done, { definition, what, refs })) {
    call.say(deleted(noun, snapshot, refs))
  }
}
