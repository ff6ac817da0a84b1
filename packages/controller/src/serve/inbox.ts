/** Where answers may go. */

/**
 * True of subjects that only somebody who waits for an answer listens to: a reply subject is
 * chosen by the sender, and could name a stream. Requests of other accounts come with `_R_`, which
 * the server makes and translates back.
 */
export function isInbox(reply: string | undefined): boolean {
  return reply !== undefined && (reply.startsWith('_INBOX') || reply.startsWith('_R_.'))
}
