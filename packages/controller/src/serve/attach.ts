/**
 * Makes the reader through which a satellite gets its documents. A satellite cannot make one
 * itself: whoever may create a consumer may also name a subject that it delivers to, the log's.
 * Any controller answers.
 */
import { readAttachSubject, subjectsOf } from '@varve/events'
import type { Bus, Message } from '../edge/bus.ts'
import { isInbox } from './inbox.ts'

export function serveAttach(
  bus: Pick<Bus, 'listen' | 'makeReader'>,
  cluster: string,
  log: { readonly warn: (fields: object, sentence: string) => void },
): Disposable {
  const answer = async ({ subject, reply, respond }: Message): Promise<void> => {
    const node = readAttachSubject(subject)
    if (node === undefined || !isInbox(reply)) return
    try {
      respond(JSON.stringify(await bus.makeReader(node)))
    } catch (error) {
      // The satellite asks again.
      log.warn({ node, error: String(error) }, 'a satellite cannot be given its documents')
    }
  }
  return bus.listen(subjectsOf(cluster).attaches, (message) => void answer(message), 'varve')
}
