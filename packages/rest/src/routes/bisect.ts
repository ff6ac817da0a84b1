/** `varve bisect` over HTTP: the first entry of the log after which something no longer held. */
import { type Moment, type Refusal, refusalText } from '@varve/events'
import { answerQuery, firstFailing, type Look } from '@varve/projections'
import type { Call } from '../call.ts'
import { momentOf } from '../moment.ts'
import { json, type Reply, type Route, read } from '../route.ts'

export const bisectRoutes: readonly Route[] = [
  read(
    '/v1/varve/bisect',
    'The first entry after which an expression no longer held: ?expression=&from=&to=',
    bisect,
    { live: true },
  ),
]

type Seen = Look & { readonly broken: readonly string[] }

/** In the middle of a search there is nothing to do about one but to say so. */
class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusalText(refusal))
    this.refusal = refusal
  }
}

async function bisect(call: Call): Promise<Reply | undefined> {
  const { query } = call.asked
  const [from, to] = [query.text('from'), query.text('to')]
  const begins = from === undefined ? { sequence: 1 } : momentOf(from)
  const ends = to === undefined ? undefined : momentOf(to)
  if (begins === undefined || (to !== undefined && ends === undefined)) {
    call.fail('FAIL_INVLD_TIME_PARAM', 'from and to are sequences of the log, or times.')
    return undefined
  }
  try {
    return json(await searched(call, query.text('expression') ?? '', begins, ends))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    call.fail('FAIL_INVLD_REQUEST', error.message)
    return undefined
  }
}

/** `holds`: wherever was looked; otherwise the entries that made it fail, and what is said of it. */
async function searched(call: Call, expression: string, begins: Moment, ends: Moment | undefined) {
  const look = async (at: Moment | undefined): Promise<Seen> => {
    const args = { expression, ...(at === undefined ? {} : { at }) }
    return asked<Seen>(call, 'check', args)
  }
  const begin = await look(begins)
  if (!begin.holds) return { ...begin, problem: 'It does not hold at the beginning either.' }
  const end = await look(ends)
  const found = await firstFailing((sequence) => look({ sequence }), begin, end)
  if (found.holds) return found
  const block = await asked<object>(call, 'log-block', { sequence: found.sequence })
  return { ...found, ...block }
}

async function asked<D>(call: Call, noun: string, args: object): Promise<D> {
  const outcome = await answerQuery(call.world, noun, args)
  if (!outcome.ok) throw new Refused(outcome.refusal)
  // Questions and their answers come from one table.
  return outcome.data as D
}
