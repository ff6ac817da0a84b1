/** Sends again what a client sent, and compares all that it reads of the answers. */
import { isDeepStrictEqual } from 'node:util'
import { parseExact } from './exact.ts'
import { read } from './read.ts'
import type { Exchange } from './recording.ts'

const longestCloneMs = 20_000

export type Difference = {
  readonly line: number
  readonly request: string
  readonly recorded: unknown
  readonly answered: unknown
}

/** In order, one after another, as the client did. */
export async function replay(
  url: string,
  exchanges: readonly Exchange[],
): Promise<readonly Difference[]> {
  const differences: Difference[] = []
  for (const exchange of exchanges) {
    const answered = await settled(exchange, () => send(url, exchange))
    const difference = compare(exchange, answered)
    if (difference) differences.push(difference)
  }
  return differences
}

/** Where the client asks again until something is complete, so do we. */
async function settled(
  { path, answer }: Exchange,
  ask: () => Promise<Answered>,
): Promise<Answered> {
  const deadline = performance.now() + longestCloneMs
  for (;;) {
    const answered = await ask()
    const isOver = !path.includes('/clone/') || isDeepStrictEqual(answered.answer, answer)
    if (isOver || answered.status >= 400 || performance.now() > deadline) return answered
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

type Answered = { readonly status: number; readonly answer: unknown }

async function send(url: string, exchange: Exchange): Promise<Answered> {
  const { method, path, headers, body } = exchange
  const response = await fetch(new URL(path, url), {
    method,
    headers: { ...headers },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  })
  const text = await response.text()
  return { status: response.status, answer: parse(text) }
}

function parse(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    return `not JSON: ${text.slice(0, 200)}`
  }
}

function compare(exchange: Exchange, answered: Answered): Difference | undefined {
  const { line, method, path } = exchange
  const recorded = { status: statusOf(exchange), ...read(exchange, exchange) }
  const ours = { status: answered.status, ...read(exchange, answered) }
  if (isDeepStrictEqual(recorded, ours) || isBeginning(exchange, recorded, ours)) return undefined
  return { line, request: `${method} ${path}`, recorded, answered: ours }
}

/** What answered when it was recorded said 201 where LINSTOR says 200. */
function statusOf({ method, path, status }: Exchange): number {
  return method === 'POST' && path.endsWith('/volume-definitions') && status === 201 ? 200 : status
}

/** Of lists no more rows were recorded. */
const mostRows = 4

/** All that was recorded of a long list is in ours. */
function isBeginning({ answer }: Exchange, recorded: Compared, ours: Compared): boolean {
  const isLong = Array.isArray(answer) && answer.length >= mostRows
  if (!isLong || !Array.isArray(recorded.read) || recorded.status !== ours.status) return false
  const rows: readonly unknown[] = Array.isArray(ours.read) ? ours.read : []
  return recorded.read.every((row) => rows.some((own) => isDeepStrictEqual(own, row)))
}

type Compared = { readonly status: number; readonly read?: unknown }
