/** Listens for commands; only the leader does, so a client that hears nobody knows to wait. */
import type { NatsConnection, Subscription } from '@nats-io/transport-node'
import { isRefusal, subjectsOf } from '@varve/events'
import type { Job } from '../lead/sequencer.ts'
import { isInbox } from './inbox.ts'
import { readRequest } from './read-request.ts'
import { refusedReply } from './reply.ts'

export function serveCommands(
  connection: NatsConnection,
  cluster: string,
  submit: (job: Job) => void,
): Subscription {
  return connection.subscribe(subjectsOf(cluster).commands, {
    callback: (error, message) => {
      if (error || !isInbox(message.reply)) return
      const { id, job } = readRequest(message.subject, message.string())
      if (isRefusal(job)) message.respond(JSON.stringify(refusedReply(id, 0, job)))
      else submit({ ...job, answer: (reply) => message.respond(JSON.stringify(reply)) })
    },
  })
}
