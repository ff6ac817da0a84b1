/** A controller's "no", printed; and its exit code. */
import { exitCodeOf, type RefusalReply } from '@varve/events'
import type { Session } from '../session.ts'
import { suggestionOf } from './suggestion.ts'

export async function printRefusal(session: Session, refusal: RefusalReply): Promise<number> {
  if (session.options.output === 'json') {
    session.print(JSON.stringify({ ok: false, refusal }, null, 2))
  } else {
    session.printError(session.style('red', refusal.message))
    for (const detail of refusal.details ?? []) session.printError(`  ${detail}`)
    const suggestion = await suggestionOf(session, refusal)
    if (suggestion !== undefined) session.printError(suggestion)
    if (refusal.remedy !== undefined) session.printError(refusal.remedy)
  }
  return exitCodeOf(refusal.code)
}
