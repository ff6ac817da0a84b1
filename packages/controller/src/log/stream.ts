/**
 * The five streams: created when they are missing, verified when they are there. What the server
 * echoes is compared with what was asked, because servers silently drop what they do not know and
 * because a stream that others made may expire or delete what must never go.
 */

import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { streams, subjectsOf } from '@varve/events'

export type StreamOptions = {
  cluster: string
  /** Copies of the log, the desired documents and the lease: 1 embedded, 3 in a cluster. */
  replicas: 1 | 3 | 5
}

type Wanted = Partial<StreamConfig> & { name: string; subjects: string[] }

const streamNotFound = 10059

/** May be more than asked, and is raised when it is less; all else that differs needs a person. */
const minimums = new Set<string>(['num_replicas', 'max_consumers'])

/**
 * Makes sure of all five streams. Throws an Error naming the stream, the setting, what it is and
 * what it must be, when one exists that does not fit: it is never deleted or weakened.
 */
export async function ensureStreams(
  connection: NatsConnection,
  options: StreamOptions,
): Promise<void> {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  for (const wanted of streamConfigs(options)) {
    const ensured = ensureStream(manager, wanted)
    // Among several servers nobody waits for it: the one that keeps it may be down, and then nothing
    // is missing but what satellites are asked to tell again.
    if (wanted.name === streams.observed && options.replicas > 1) ensured.catch(noObservations)
    else await ensured
  }
}

/** Who reads it finds out; the next leader tries again. */
const noObservations = () => undefined

/** The configurations, in the order in which they are made. */
export function streamConfigs({ cluster, replicas }: StreamOptions): Wanted[] {
  const subjects = subjectsOf(cluster)
  const common = {
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
    max_age: 0,
    max_bytes: -1,
    max_msgs: -1,
    sealed: false,
    // Features by which a publisher could remove or rewrite what is stored.
    allow_rollup_hdrs: false,
    allow_msg_ttl: false,
  }
  // 2.15 allows a thousand consumers by default; each satellite has one.
  const lastValue = {
    ...common,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.Old,
    max_consumers: 20_000,
  }
  return [
    {
      ...common,
      name: streams.log,
      subjects: [subjects.log],
      max_msgs_per_subject: -1,
      discard: DiscardPolicy.New,
      deny_delete: true,
      deny_purge: true,
      // A direct get is answered by any replica, so perhaps by one that is behind.
      allow_direct: false,
      max_consumers: 1_000,
    },
    // Derived from the log at any time, so it needs no disk: with `sync_interval: always` each of
    // its messages would cost a flush, and there are several for every command. Not so where several
    // servers keep it: one flush serves many there, and copies in memory that were started again one
    // after the other were seen to find no majority any more (2.15.1), for minutes.
    {
      ...lastValue,
      storage: replicas > 1 ? StorageType.File : StorageType.Memory,
      name: streams.desired,
      subjects: [subjects.allDesired],
      allow_direct: true,
    },
    // A cache that satellites fill again when asked: one copy, whatever the cluster's size.
    {
      ...lastValue,
      storage: StorageType.Memory,
      name: streams.observed,
      subjects: [subjects.allObserved],
      allow_direct: true,
      num_replicas: 1,
    },
    {
      ...lastValue,
      name: streams.lease,
      subjects: [subjects.lease],
      allow_direct: false,
      max_consumers: 1_000,
    },
    {
      ...lastValue,
      name: streams.cursors,
      subjects: [subjects.cursors],
      allow_direct: false,
      max_consumers: 1_000,
    },
  ]
}

/** Creates the stream, or verifies it and raises what has become too small. */
async function ensureStream(manager: JetStreamManager, wanted: Wanted): Promise<void> {
  let found = await configOf(manager, wanted.name)
  if (found === undefined) found = (await manager.streams.add(wanted)).config
  const tooSmall = differences(wanted, found).filter(({ setting }) => minimums.has(setting))
  if (tooSmall.length > 0) {
    const raised = Object.fromEntries(tooSmall.map(({ setting, must }) => [setting, must]))
    found = (await manager.streams.update(wanted.name, { ...found, ...raised })).config
  }
  const [first] = differences(wanted, found)
  if (first === undefined) return
  const { setting, is, must } = first
  throw new Error(
    `stream ${wanted.name} has ${setting} ${String(is)}, but it must be ${String(must)}`,
  )
}

/** Settings of an existing stream that are not as wanted; absent means off. */
export function differences(
  wanted: Wanted,
  found: Partial<StreamConfig>,
): { setting: string; is: unknown; must: unknown }[] {
  const actual = new Map<string, unknown>(Object.entries(found))
  return Object.entries(wanted).flatMap(([setting, must]) => {
    const is = actual.get(setting) ?? absent(must)
    const isEnough = minimums.has(setting) && Number(is) >= Number(must)
    return isEnough || JSON.stringify(is) === JSON.stringify(must) ? [] : [{ setting, is, must }]
  })
}

/** Go leaves zero values out of the JSON, so an absent setting is off, zero or unlimited. */
function absent(value: unknown): unknown {
  return typeof value === 'boolean' ? false : typeof value === 'number' ? 0 : undefined
}

async function configOf(manager: JetStreamManager, name: string) {
  try {
    return (await manager.streams.info(name)).config
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === streamNotFound) return undefined
    throw error
  }
}
