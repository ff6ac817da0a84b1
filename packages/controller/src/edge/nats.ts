/** The world as it is: a connection to NATS, this machine's clocks, its disk, and its chance. */
import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { newId, random64 } from '../id.ts'
import { consume } from '../log/replay.ts'
import { ensureStreams, type StreamOptions } from '../log/stream.ts'
import { onReconnect } from '../nats/reconnect.ts'
import { lastPerSubject } from '../publish/last-per-subject.ts'
import { type Managers, makeReader } from '../serve/reader-consumer.ts'
import type { Bus } from './bus.ts'
import { machineDisk } from './disk.ts'
import type { Edge } from './port.ts'
import { machineTime } from './time.ts'

type NatsOptions = StreamOptions & {
  readonly connection: NatsConnection
  /** The wall clock, where it is not the machine's. */
  readonly now?: () => number
}

export function natsEdge(options: NatsOptions): Edge {
  return {
    bus: natsBus(options),
    time: options.now ? { ...machineTime, wall: options.now } : machineTime,
    disk: machineDisk,
    chance: { newId, random64 },
  }
}

function natsBus(options: NatsOptions): Bus {
  const { connection, cluster } = options
  let managers: Promise<Managers> | undefined
  return {
    request: (subject, payload, settings) => connection.request(subject, payload, settings),
    publish: (subject, text) => connection.publish(subject, text),
    listen(subject, take, queue) {
      const subscription = connection.subscribe(subject, {
        ...(queue === undefined ? {} : { queue }),
        callback: (error, message) => {
          if (error) return
          take({
            subject: message.subject,
            text: message.string(),
            reply: message.reply,
            respond: (text) => void message.respond(text),
          })
        },
      })
      return { [Symbol.dispose]: () => subscription.unsubscribe() }
    },
    consume: (stream, from, signal) => consume(connection, stream, from, signal),
    lastPerSubject: (stream) => lastPerSubject(connection, stream),
    ensureStreams: () => ensureStreams(connection, options),
    makeReader: async (node) => {
      managers ??= managersOf(connection)
      return makeReader(await managers, cluster, node)
    },
    onReconnect: (back) => onReconnect(connection, back),
  }
}

/** How long the deletion of an old reader is waited for. */
const hastyMs = 1_000

async function managersOf(connection: NatsConnection): Promise<Managers> {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const hasty = await jetstreamManager(connection, { checkAPI: false, timeout: hastyMs })
  return { manager, hasty }
}
