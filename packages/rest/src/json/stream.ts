/** Long answers, printed as the client takes them: never as one string. */

/** Enough that the calls between do not cost more than the printing. */
const chunkCharacters = 64 * 1024

/** A JSON array of the rows, in pieces. */
export function* printRows(rows: Iterable<unknown>): Generator<string> {
  let separator = '['
  for (const row of rows) {
    yield separator + JSON.stringify(row)
    separator = ','
  }
  yield separator === '[' ? '[]' : ']'
}

/** All of the texts where they are few, else nothing and the texts again: of short answers no stream is made. */
export function whole(
  texts: Iterable<string>,
): { readonly text: string } | { readonly texts: Iterable<string> } {
  const iterator = texts[Symbol.iterator]()
  let text = ''
  while (text.length < chunkCharacters) {
    const { done, value } = iterator.next()
    if (done) return { text }
    text += value
  }
  return { texts: resumed(text, iterator) }
}

function* resumed(first: string, rest: Iterator<string>): Generator<string> {
  try {
    yield first
    for (let next = rest.next(); !next.done; next = rest.next()) yield next.value
  } finally {
    rest.return?.()
  }
}

/** Texts one after another. `barrier` resolves when what was read is stored: only then it is told. */
export function chunks(
  texts: Iterable<string>,
  barrier: () => Promise<unknown>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  const iterator = texts[Symbol.iterator]()
  return new ReadableStream({
    async pull(controller) {
      let text = ''
      let isOver = false
      while (!isOver && text.length < chunkCharacters) {
        const { done, value } = iterator.next()
        if (done) isOver = true
        else text += value
      }
      await barrier()
      if (text !== '') controller.enqueue(encoder.encode(text))
      if (isOver) controller.close()
    },
    cancel() {
      iterator.return?.()
    },
  })
}

/** Text as it comes, until there is no more or nobody takes it. */
export function lines(texts: AsyncIterable<string>): ReadableStream<Uint8Array<ArrayBuffer>> {
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
