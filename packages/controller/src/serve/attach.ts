/**
 * Makes the reader through which a satellite gets its documents. A satellite cannot make one
 * itself: whoever may create a consumer may also name a subject that it delivers to, the log's.
 * Any controller answers.
 */
import {
  AckPolicy,
  DeliverPolicy,
  type JetStreamManager,
  jetstreamManager,
} from '@nats-io/jetstream'
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { desiredConsumer, readAttachSubject, streams, subjectsOf } from '@varve/events'
import { isInbox } from './inbox.ts'

/** One that nobody reads from is gone after this: a satellite that comes back asks for another. */
const unusedMs = 300_000
/** What was delivered and not acknowledged in this time is delivered again. */
const acknowledgeMs = 30_000
const nanoseconds = 1_000_000
/** The server of the consumer before it may be down; then nobody answers for it. */
const deleteTimeoutMs = 1_000

export async function serveAttach(
  connection: NatsConnection,
  cluster: string,
  log: { readonly warn: (fields: object, sentence: string) => void },
): Promise<Subscription> {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const patient = await jetstreamManager(connection, { checkAPI: false, timeout: deleteTimeoutMs })
  const answer = async (message: Msg): Promise<void> => {
    const node = readAttachSubject(message.subject)
    if (node === undefined || !isInbox(message.reply)) return
    try {
      const name = desiredConsumer(node)
      await patient.consumers.delete(streams.desired, name).catch(() => undefined)
      message.respond(
        JSON.stringify(await make(manager, name, subjectsOf(cluster).desiredOf(node))),
      )
    } catch (error) {
      // The satellite asks again.
      log.warn({ node, error: String(error) }, 'a satellite cannot be given its documents')
    }
  }
  return connection.subscribe(subjectsOf(cluster).attaches, {
    queue: 'varve',
    callback: (error, message) => {
      if (!error) void answer(message)
    },
  })
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
