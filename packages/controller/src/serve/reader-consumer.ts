/**
 * The reader through which a satellite gets its documents: a consumer that is made anew each time,
 * since what an older one has delivered already would be missing.
 */
import { AckPolicy, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream'
import { desiredConsumer, streams, subjectsOf } from '@varve/events'

/** One that nobody reads from is gone after this: a satellite that comes back asks for another. */
const unusedMs = 300_000
/** What was delivered and not acknowledged in this time is delivered again. */
const acknowledgeMs = 30_000
const nanoseconds = 1_000_000

export type Managers = {
  readonly manager: JetStreamManager
  /** Gives up soon: the server of the consumer before may be down, and then nobody answers for it. */
  readonly hasty: JetStreamManager
}

/** The new reader of `node`, as the server describes it. */
export async function makeReader(
  { manager, hasty }: Managers,
  cluster: string,
  node: string,
): Promise<object> {
  const name = desiredConsumer(node)
  await hasty.consumers.delete(streams.desired, name).catch(() => undefined)
  return make(manager, name, subjectsOf(cluster).desiredOf(node))
}

/** In memory and on one server: what is lost with it costs the satellite another reading. */
async function make(manager: JetStreamManager, name: string, filter: string): Promise<object> {
  const made = await manager.consumers.add(streams.desired, {
    name,
    filter_subject: filter,
    deliver_policy: DeliverPolicy.LastPerSubject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: acknowledgeMs * nanoseconds,
    max_ack_pending: -1,
    inactive_threshold: unusedMs * nanoseconds,
    mem_storage: true,
    num_replicas: 1,
  })
  // The one before it is still there: what it has delivered already would be missing.
  if (made.delivered.consumer_seq > 0) throw new Error(`consumer ${name} is not a new one`)
  return made
}
