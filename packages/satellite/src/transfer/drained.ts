import type { Writable } from 'node:stream'

/** Resolves when the stream takes more, or is gone: whoever writes looks which. */
export function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stream.off('drain', end).off('close', end)
      resolve()
    }
    stream.once('drain', end).once('close', end)
    if (stream.destroyed) end()
  })
}
