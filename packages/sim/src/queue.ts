/** Lines handed from a simulated process to whoever reads it, at the reader's own pace. */

export type Queue<T> = AsyncIterable<T> & {
  readonly push: (value: T) => void
  readonly end: () => void
}

export function createQueue<T>(): Queue<T> {
  const waiting: T[] = []
  let ended = false
  let wake: (() => void) | undefined
  const signal = () => {
    wake?.()
    wake = undefined
  }
  return {
    push: (value) => {
      if (ended) return
      waiting.push(value)
      signal()
    },
    end: () => {
      ended = true
      signal()
    },
    async *[Symbol.asyncIterator]() {
      while (true) {
        const value = waiting.shift()
        if (value !== undefined) yield value
        else if (ended) return
        else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    },
  }
}
