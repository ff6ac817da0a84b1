/** One delivery over HTTP: taken, or why not. */

/** Whoever takes longer is asked again later. */
const answerMs = 10_000

export type Post = (
  url: string,
  request: { readonly headers: Record<string, string>; readonly body: string },
  signal: AbortSignal,
) => Promise<string | undefined>

/** Undefined: taken (2xx). Never follows elsewhere what was meant, and signed, for this URL. */
export const post: Post = async (url, { headers, body }, signal) => {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: limited,
    })
    await response.body?.cancel()
    return response.ok ? undefined : `it answered ${response.status}`
  } catch (error) {
    return reasonOf(error)
  }
}

/** fetch says no more than that it failed; what failed stands below. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${answerMs / 1000} seconds`
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return cause.message || code || error.message
}
