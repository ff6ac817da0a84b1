/** How many there are. */
import type { TableName } from '@varve/events'
import { json, type Route, read } from '../route.ts'
import { reportsIn } from './error-report.ts'

const counted = {
  nodes: 'nodes',
  'storage-pools': 'pools',
  'resource-groups': 'groups',
  'resource-definitions': 'definitions',
  resources: 'resources',
} as const satisfies Record<string, TableName>

export const statsRoutes: readonly Route[] = [
  ...Object.entries(counted).map(([noun, table]) =>
    read(`/v1/stats/${noun}`, `How many ${noun.replaceAll('-', ' ')} there are`, (call) =>
      json({ count: call.world.state[table].size }),
    ),
  ),
  read('/v1/stats/error-reports', 'How many error reports there are', (call) =>
    json({ count: reportsIn(call).length }),
  ),
]
