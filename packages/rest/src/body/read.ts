/**
 * A request's body → plain data, or the reason why not. Whatever its Content-Type says it is read
 * as JSON; no body is an empty object; `null` is the same as a field that is not there.
 */

export type ReadBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: 400 | 413; readonly problem: string }

/** Room for the largest file that is deployed to nodes; a request is a few KiB otherwise. */
const limitBytes = 4 * 1024 * 1024
/** So much of a body is taken off the wire before the connection is given up. */
const drainBytes = 64 * 1024 * 1024
/** LINSTOR's deepest body has six levels. */
const deepest = 32

export async function readBody(request: Request): Promise<ReadBody> {
  const bytes = await collect(request)
  if (bytes === undefined) {
    return { ok: false, status: 413, problem: `the body is larger than ${limitBytes} bytes` }
  }
  const text = decode(bytes)
  if (text === undefined) return bad('the body is not UTF-8')
  if (text.trim() === '') return { ok: true, value: undefined }
  if (depthOf(text) > deepest) return bad(`the body has more than ${deepest} levels`)
  try {
    return { ok: true, value: withoutNulls(JSON.parse(text)) }
  } catch (error) {
    return bad(error instanceof Error ? error.message : String(error))
  }
}

const bad = (problem: string): ReadBody => ({ ok: false, status: 400, problem })

/**
 * Undefined: there is too much. The rest is read and thrown away, since a client that is cut off
 * while it writes never sees the answer; but not for ever.
 */
async function collect(request: Request): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > drainBytes) return undefined
    if (size <= limitBytes) chunks.push(chunk)
    else chunks.length = 0
  }
  return size > limitBytes ? undefined : Buffer.concat(chunks)
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Counted before anything is parsed: later readers walk the value by recursion. */
function depthOf(text: string): number {
  let depth = 0
  let most = 0
  let isText = false
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i]
    if (isText) {
      if (character === '\\') i += 1
      else if (character === '"') isText = false
    } else if (character === '"') isText = true
    else if (character === '{' || character === '[') {
      depth += 1
      most = Math.max(most, depth)
    } else if (character === '}' || character === ']') depth -= 1
  }
  return most
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const given = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(given.map(([key, member]) => [key, withoutNulls(member)]))
}
