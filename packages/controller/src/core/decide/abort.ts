/** Giving up an operation that runs, where there is a way back; and where there is none, why. */
import {
  type Args,
  type Operation,
  type Refusal,
  readReference,
  refuse,
  resourceOf,
  resourcesOf,
  snapshotOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { finishOperation } from '../operations/finish.ts'
import { activateResource } from './activity.ts'
import { abortCopy } from './copy.ts'
import { restoreNode } from './evacuate.ts'
import { missing } from './require.ts'
import { toggleDisk } from './toggle-disk.ts'

export function abortOperation(draft: Draft, args: Args<'operation.abort'>): Refusal | undefined {
  const row = draft.state.operations.get(args.operation)
  if (!row) return missing('running operation', args.operation)
  const way = ways[row.kind]
  if (typeof way !== 'string') return way(draft, row)
  return refuse('cannot-abort', { operation: row.id, kind: row.kind, problem: way })
}

type Way = (draft: Draft, row: Operation) => Refusal | undefined

const isGone = 'what is gone already cannot come back'

/** The way back of each kind, or why there is none. */
const ways: Readonly<Record<Operation['kind'], Way | string>> = {
  'add-disk': (draft, row) => toggleDisk(draft, { ...replicaOf(row), cancel: true }),
  'remove-disk': (draft, row) => toggleDisk(draft, { ...replicaOf(row), cancel: true }),
  'migrate-disk': abortMigration,
  'deactivate-resource': (draft, row) => activateResource(draft, replicaOf(row)),
  'evacuate-node': (draft, { target }) =>
    restoreNode(draft, { node: readReference(target).names[0] ?? '' }),
  'copy-snapshot': abortSnapshotCopy,
  'delete-node': isGone,
  'delete-resource': isGone,
  'delete-resource-definition': isGone,
  'delete-volume-definition': isGone,
  'delete-snapshot': isGone,
  'delete-device-pool': isGone,
  'resize-volume-definition': 'some of its storage may have the new size already',
  'change-passphrase': 'some of its headers may have the new key already',
  'create-snapshot': 'it ends by itself when its nodes take too long',
  'rollback-snapshot':
    'it gives up by itself until it is down everywhere, and after that there is no way back',
  'create-device-pool': 'delete the device pool when it is there, or has failed',
}

function replicaOf({ target }: Operation): { definition: string; node: string } {
  const [definition = '', node = ''] = readReference(target).names
  return { definition, node }
}

/** A snapshot may be on its way to several nodes; each has an operation of its own. */
function abortSnapshotCopy(draft: Draft, { id, target }: Operation): Refusal | undefined {
  const [definition = '', snapshot = ''] = readReference(target).names
  const to = snapshotOf(draft.state, definition, snapshot)?.nodes.find(
    ({ copy }) => copy?.status === 'receiving' && copy.operation === id,
  )?.node
  return to === undefined ? undefined : abortCopy(draft, { definition, snapshot, to })
}

/** The source stays. A target that is whole stays as well: it may be the better copy by now. */
function abortMigration(draft: Draft, row: Operation): Refusal | undefined {
  const { id } = row
  const { definition, node } = replicaOf(row)
  const target = resourceOf(draft.state, definition, node)
  if (target?.adding) return toggleDisk(draft, { definition, node, cancel: true })
  for (const { phase, leaving, node: source } of resourcesOf(draft.state, definition)) {
    if (phase.status === 'deleting' && phase.operation === id) {
      const fields = { operation: id, kind: 'migrate-disk', problem: isGone }
      return refuse('cannot-abort', fields)
    }
    if (leaving?.operation !== id) continue
    draft.record({ type: 'resource.replacement-dropped', definition, node: source })
  }
  finishOperation(draft, id)
  return undefined
}
