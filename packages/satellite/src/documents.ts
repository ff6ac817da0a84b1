/** Reads this node's desired documents: the last of each subject, then whatever comes, for ever. */
import { DeliverPolicy, type JsMsg, jetstream } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import {
  DesiredNode,
  DesiredResource,
  readDesiredSubject,
  type Subjects,
  streams,
} from '@varve/events'
import type { Clock, Log } from './ports.ts'

const againMs = 1_000

export type DocumentsOptions = {
  readonly connection: NatsConnection
  readonly subjects: Subjects
  readonly node: string
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly onResource: (document: DesiredResource) => void
  readonly onNode: (document: DesiredNode) => void
  /** All that was there at the start has been delivered. */
  readonly onCaughtUp: () => void
}

export async function followDocuments(options: DocumentsOptions): Promise<void> {
  const { clock, log, signal } = options
  while (!signal.aborted) {
    try {
      await followOnce(options)
    } catch (error) {
      if (!signal.aborted) log.warn({ error }, 'the desired documents cannot be read, trying again')
    }
    await clock.sleep(againMs, signal)
  }
}

async function followOnce(options: DocumentsOptions): Promise<void> {
  const { connection, subjects, node, signal, onCaughtUp } = options
  const consumer = await jetstream(connection).consumers.get(streams.desired, {
    filter_subjects: [subjects.desiredOf(node)],
    deliver_policy: DeliverPolicy.LastPerSubject,
  })
  if ((await consumer.info()).num_pending === 0) onCaughtUp()
  const messages = await consumer.consume()
  const stop = () => messages.stop()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    for await (const message of messages) {
      accept(message, options)
      if (message.info.pending === 0) onCaughtUp()
    }
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}

/** One that cannot be read is left out: the one before it stays in force. */
function accept(message: JsMsg, { log, onResource, onNode }: DocumentsOptions): void {
  const { subject } = message
  try {
    const isNode = readDesiredSubject(subject)?.resource === undefined
    if (isNode) onNode(DesiredNode.parse(message.json()))
    else onResource(DesiredResource.parse(message.json()))
  } catch (error) {
    log.error({ subject, error }, 'a desired document cannot be understood')
  }
}
