/** Bytes as lines. Only a newline ends one: readline would also take what JSON leaves unescaped. */

const newline = 10

/** Each line without its newline; a last one that has none is given as well, unless it is empty. */
export async function* linesIn(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    let from = 0
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
      yield Buffer.concat([...rest, bytes.subarray(from, end)])
      rest = []
      from = end + 1
    }
    if (from < bytes.length) rest.push(Buffer.from(bytes.subarray(from)))
  }
  if (rest.length > 0) yield Buffer.concat(rest)
}
