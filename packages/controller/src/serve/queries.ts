/** Answers reads from this controller's own state; any controller may. */
import {
  isRefusal,
  type Moment,
  type QueryReply,
  QueryRequest,
  type Refusal,
  refusalText,
  refuse,
  subjectsOf,
  wireVersion,
} from '@varve/events'
import { answerQuery, type World } from '@varve/projections'
import type { Bus, Message } from '../edge/bus.ts'
import { isInbox } from './inbox.ts'
import { parseJson, problemOf, versionOf } from './read-request.ts'

export type QuerySource = {
  readonly world: () => World
  /** What `ask` is told by the world as of `moment`; `stored`: where the log ends. */
  readonly past: <T>(
    moment: Moment,
    stored: number,
    ask: (world: World) => Promise<T>,
  ) => Promise<T | Refusal>
  /** Resolves with the sequence of the log when all that the world shows is stored in it. */
  readonly barrier: () => Promise<number>
  /** Resolves when this controller has folded `sequence`; false when it has not in time. */
  readonly reach: (sequence: number) => Promise<boolean>
}

export function serveQueries(
  bus: Pick<Bus, 'listen'>,
  cluster: string,
  source: QuerySource,
): Disposable {
  const take = (message: Message) => {
    if (isInbox(message.reply)) void answer(message, source)
  }
  return bus.listen(subjectsOf(cluster).queries, take, 'varve')
}

async function answer(message: Message, source: QuerySource): Promise<void> {
  const noun = message.subject.split('.').at(-1) ?? ''
  try {
    const found = await ask(noun, message.text, source)
    message.respond(JSON.stringify(found))
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    message.respond(JSON.stringify(refused(source, refuse('log-unavailable', { problem }))))
  }
}

async function ask(noun: string, payload: string, source: QuerySource): Promise<object> {
  const raw = parseJson(payload === '' ? `{"v":${wireVersion}}` : payload)
  if (raw === undefined) {
    return refused(source, refuse('malformed-request', { problem: 'it is not JSON' }))
  }
  if (versionOf(raw) !== wireVersion) {
    const measured = String(versionOf(raw) ?? 'none')
    return refused(source, refuse('unknown-version', { measured, required: wireVersion }))
  }
  const request = QueryRequest.safeParse(raw)
  if (!request.success) {
    return refused(source, refuse('malformed-request', { problem: problemOf(request.error) }))
  }
  const { minSequence } = request.data
  if (minSequence !== undefined && !(await source.reach(minSequence))) {
    const { sequence } = source.world().state.position
    return refused(source, refuse('state-moved', { measured: sequence, required: minSequence }))
  }
  const { at, args } = request.data
  return answerQuestion(source, { noun, args, at })
}

/** What is asked, of the present or as of then. */
export async function answerQuestion(
  source: QuerySource,
  { noun, args, at }: { noun: string; args: unknown; at: Moment | undefined },
): Promise<QueryReply> {
  if (at === undefined) return tell(source, { world: source.world(), noun, args })
  const stored = await source.barrier()
  const ask = (world: World) => tell(source, { world, noun, args })
  const answer = await source.past(at, stored, ask)
  return isRefusal(answer) ? refused(source, answer) : answer
}

type Question = { readonly world: World; readonly noun: string; readonly args: unknown }

async function tell(source: QuerySource, { world, noun, args }: Question): Promise<QueryReply> {
  const outcome = await answerQuery(world, noun, args)
  // What was read may not be stored yet; it is not told before it is.
  const stored = await source.barrier()
  if (!outcome.ok) return refused(source, outcome.refusal)
  const sequence = world.isPast ? world.state.position.sequence : stored
  return { ok: true, sequence, at: world.now, data: outcome.data }
}

function refused(source: QuerySource, refusal: Refusal): QueryReply {
  return {
    ok: false,
    sequence: source.world().state.position.sequence,
    refusal: {
      code: refusal.refused,
      message: refusalText(refusal),
      ...(refusal.remedy === undefined ? {} : { remedy: refusal.remedy }),
    },
  }
}
