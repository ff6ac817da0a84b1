/** A signal that is aborted by Ctrl-C or SIGTERM; a second Ctrl-C ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  const request = (name: string) => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort(new Error(`stopped by ${name}`))
  }
  process.on('SIGINT', () => request('SIGINT'))
  process.on('SIGTERM', () => request('SIGTERM'))
  return stop.signal
}
