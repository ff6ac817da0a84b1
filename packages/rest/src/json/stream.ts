/** Long answers, printed as the client takes them: never as one string. */

/** Enough that the calls between do not cost more than the printing. */
const chunkCharacters = 64 * 1024

/** A JSON array of the rows. `barrier` resolves when what was read is stored: only then it is told. */
export function jsonRows(
  rows: Iterable<unknown>,
  barrier: () => Promise<unknown>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const iterator = rows[Symbol.iterator]()
  let separator = '['
  return new ReadableStream({
    async pull(controller) {
      let text = ''
      while (text.length < chunkCharacters) {
        const { done, value } = iterator.next()
        if (done) {
          await barrier()
          controller.enqueue(encoder.encode(`${text}${separator === '[' ? '[' : ''}]`))
          controller.close()
          return
        }
        text += separator + JSON.stringify(value)
        separator = ','
      }
      await barrier()
      controller.enqueue(encoder.encode(text))
    },
    cancel() {
      iterator.return?.()
    },
  })
}

/** Text as it comes, until there is no more or nobody takes it. */
export function lines(texts: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const iterator = texts[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await iterator.return?.(undefined)
    },
  })
}
