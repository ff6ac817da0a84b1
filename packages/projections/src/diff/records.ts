/** All records that differences are told of, as they are at one moment. */
import type { State, TableName } from '@varve/events'

/** What a user calls the records of a table; what only the control plane itself counts is left out. */
const nounOf = {
  controller: 'controller',
  encryption: 'encryption',
  nodes: 'node',
  nodeConnections: 'node-connection',
  poolDefinitions: 'storage-pool-definition',
  pools: 'storage-pool',
  devicePools: 'device-pool',
  groups: 'resource-group',
  volumeGroups: 'volume-group',
  definitions: 'resource-definition',
  volumeDefinitions: 'volume-definition',
  resources: 'resource',
  volumes: 'volume',
  resourceConnections: 'resource-connection',
  snapshots: 'snapshot',
  keyValueStores: 'key-value-store',
  externalFiles: 'external-file',
  remotes: 'remote',
  webhooks: 'webhook',
  schedules: 'schedule',
  members: 'member',
  authTokens: 'auth-token',
} as const satisfies Partial<Record<TableName, string>>

/** `resource/web/n1` → its record. Records are never changed in place, so they stay as they are. */
export type Records = ReadonlyMap<string, object>

export function recordsOf(state: State): Records {
  const records = new Map<string, object>()
  for (const [table, noun] of Object.entries(nounOf)) {
    // The keys of the table above, which its type says.
    const rows = state[table as keyof typeof nounOf]
    for (const key of rows.keys()) {
      records.set(key === '' ? noun : `${noun}/${key}`, rows.get(key) as object)
    }
  }
  return records
}
