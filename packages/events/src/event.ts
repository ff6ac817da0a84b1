/**
 * Every event there is: what happened, past tense, the smallest fact, complete for `evolve`.
 * A form is never changed once released; a new form is a new event type or an upcast.
 */
import { z } from 'zod'
import { activityEvents } from './event/activity.ts'
import { authTokenEvents } from './event/auth-token.ts'
import { clusterEvents } from './event/cluster.ts'
import { debtEvents } from './event/debt.ts'
import { definitionEvents } from './event/definition.ts'
import { devicePoolEvents } from './event/device-pool.ts'
import { encryptionEvents } from './event/encryption.ts'
import { evacuationEvents } from './event/evacuation.ts'
import { externalFileEvents } from './event/external-file.ts'
import { groupEvents } from './event/group.ts'
import { keyValueStoreEvents } from './event/key-value-store.ts'
import { memberEvents } from './event/member.ts'
import { moveEvents } from './event/move.ts'
import { nodeEvents } from './event/node.ts'
import { policyEvents } from './event/policy.ts'
import { poolEvents } from './event/pool.ts'
import { remoteEvents } from './event/remote.ts'
import { resourceEvents } from './event/resource.ts'
import { rollbackEvents } from './event/rollback.ts'
import { scheduleEvents } from './event/schedule.ts'
import { snapshotEvents } from './event/snapshot.ts'
import { webhookEvents } from './event/webhook.ts'

export const VarveEvent = z.discriminatedUnion('type', [
  ...clusterEvents,
  ...encryptionEvents,
  ...nodeEvents,
  ...poolEvents,
  ...devicePoolEvents,
  ...groupEvents,
  ...definitionEvents,
  ...resourceEvents,
  ...moveEvents,
  ...activityEvents,
  ...debtEvents,
  ...evacuationEvents,
  ...snapshotEvents,
  ...rollbackEvents,
  ...keyValueStoreEvents,
  ...externalFileEvents,
  ...remoteEvents,
  ...scheduleEvents,
  ...authTokenEvents,
  ...policyEvents,
  ...memberEvents,
  ...webhookEvents,
])
export type VarveEvent = z.infer<typeof VarveEvent>
export type EventType = VarveEvent['type']
export type EventOf<T extends EventType> = Extract<VarveEvent, { type: T }>
