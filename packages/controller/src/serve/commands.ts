/** Listens for commands; only the leader does, so a client that hears nobody knows to wait. */
import { isRefusal, subjectsOf } from '@varve/events'
import type { Bus } from '../edge/bus.ts'
import type { Job } from '../lead/sequencer.ts'
import { isInbox } from './inbox.ts'
import { readRequest } from './read-request.ts'
import { refusedReply } from './reply.ts'

export function serveCommands(
  bus: Pick<Bus, 'listen'>,
  cluster: string,
  submit: (job: Job) => void,
): Disposable {
  return bus.listen(subjectsOf(cluster).commands, ({ subject, text, reply, respond }) => {
    if (!isInbox(reply)) return
    const { id, job } = readRequest(subject, text)
    if (isRefusal(job)) respond(JSON.stringify(refusedReply(id, 0, job)))
    else submit({ ...job, answer: (answer) => respond(JSON.stringify(answer)) })
  })
}
