/** What happens to the cluster as a whole: leaders, properties, operations. */
import { z } from 'zod'
import { Reference } from '../reference.ts'

const operation = z.string()

export const OperationKind = z.enum([
  'delete-node',
  'delete-resource',
  'delete-resource-definition',
  'delete-volume-definition',
  'resize-volume-definition',
  'change-passphrase',
  'create-snapshot',
  'delete-snapshot',
  'rollback-snapshot',
  'copy-snapshot',
  'create-device-pool',
  'delete-device-pool',
  'add-disk',
  'remove-disk',
  'migrate-disk',
  'evacuate-node',
  'deactivate-resource',
])
export type OperationKind = z.infer<typeof OperationKind>

export const clusterEvents = [
  z.strictObject({ type: z.literal('leader.elected'), term: z.int(), controller: z.string() }),
  z.strictObject({
    type: z.literal('property.set'),
    of: Reference,
    key: z.string(),
    value: z.string(),
  }),
  z.strictObject({ type: z.literal('property.deleted'), of: Reference, key: z.string() }),
  z.strictObject({
    type: z.literal('operation.started'),
    operation,
    kind: OperationKind,
    target: Reference,
  }),
  z.strictObject({ type: z.literal('operation.finished'), operation }),
] as const
