/** Reads this node's desired documents: the last of each subject, then whatever comes, for ever. */
import { type ConsumerInfo, type ConsumerMessages, type JsMsg, jetstream } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { DesiredNode, DesiredResource, readDesiredSubject, type Subjects } from '@varve/events'
import type { Clock, Log } from './ports.ts'

const againMs = 1_000
/** Any controller answers within milliseconds. */
const attachMs = 5_000
/** A pull has heartbeats at its half: a lost consumer is noticed after two of them. */
const pullMs = 10_000
const losses = new Set<string>([
  'consumer_deleted',
  'heartbeats_missed',
  'consumer_not_found',
  'stream_not_found',
])

/** Who is told of documents. */
export type DocumentsFollower = {
  readonly onResource: (document: DesiredResource) => void
  readonly onNode: (document: DesiredNode) => void
  /** All that was there at the start has been delivered. */
  readonly onCaughtUp: () => void
}

type DocumentsOptions = DocumentsFollower & {
  readonly connection: NatsConnection
  readonly subjects: Subjects
  readonly node: string
  readonly apiPrefix?: string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Aborted when the connection was lost and is back: the server's consumer may be gone. */
  readonly connected: () => AbortSignal
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

/**
 * Until the server was away or the consumer was lost. Then everything is read again, through a
 * new consumer that a controller makes for us: the stream lives in memory and begins anew with the
 * server. What is known by then is recognised by its position.
 */
async function followOnce(options: DocumentsOptions): Promise<void> {
  const { connection, subjects, node, apiPrefix, signal, onCaughtUp } = options
  const isOver = new AbortController()
  const over = AbortSignal.any([isOver.signal, options.connected(), signal])
  try {
    const answer = await connection.request(subjects.attach(node), '', { timeout: attachMs })
    // The controller hands on what its server says, which is what the library wants to have.
    const info = answer.json<ConsumerInfo>()
    const client = jetstream(connection, apiPrefix === undefined ? {} : { apiPrefix })
    const consumer = client.consumers.getConsumerFromInfo(info)
    if (info.num_pending === 0) onCaughtUp()
    const messages = await consumer.consume({ expires: pullMs })
    over.addEventListener('abort', () => messages.stop(), { once: true })
    if (over.aborted) messages.stop()
    void watchLoss(messages, () => isOver.abort())
    for await (const message of messages) {
      accept(message, options)
      message.ack()
      if (message.info.pending === 0) onCaughtUp()
    }
  } finally {
    isOver.abort()
  }
}

/** The stream can also go without us losing the connection: a cluster lost its last copy. */
async function watchLoss(messages: ConsumerMessages, lost: () => void): Promise<void> {
  for await (const { type } of messages.status()) if (losses.has(type)) lost()
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
