/** What `health` says about the server that keeps the log. */

import type { NatsConnection } from '@nats-io/transport-node'
import type { EmbeddedNats } from './embedded.ts'
import { compareVersions, oldestVersion } from './server.ts'

export type ServerReport = {
  name: string
  version: string
  isNewEnough: boolean
  /** A server does not tell its clients; of the embedded one we know, since we configured it. */
  sync: 'always' | 'unknown'
}

/** Describes the server at the other end; throws while there has been no connection at all. */
export function serverReport(connection: NatsConnection, embedded?: EmbeddedNats): ServerReport {
  const server = connection.info
  if (server === undefined) throw new Error('there is no connection to NATS')
  return {
    name: server.server_name,
    version: server.version,
    isNewEnough: compareVersions(server.version, oldestVersion) >= 0,
    sync: embedded?.port === server.port && embedded?.isSyncAlways ? 'always' : 'unknown',
  }
}
