/** A tar archive (ustar, POSIX.1-1988) of small files, one after another. */

export type TarFile = {
  /** At most 100 bytes. */
  readonly name: string
  readonly text: string
}

const block = 512

/** Owned by root, readable by nobody else; `at` in ms since epoch. */
export async function* tar(files: AsyncIterable<TarFile>, at: number): AsyncGenerator<Uint8Array> {
  for await (const { name, text } of files) {
    const content = Buffer.from(text)
    yield header(name, content.length, at)
    yield content
    const rest = content.length % block
    if (rest > 0) yield Buffer.alloc(block - rest)
  }
  yield Buffer.alloc(2 * block)
}

function header(name: string, size: number, at: number): Buffer {
  if (Buffer.byteLength(name) > 100)
    throw new Error(`${name}: a name in a tar has 100 bytes at most`)
  const bytes = Buffer.alloc(block)
  bytes.write(name, 0)
  bytes.write('0000600\0', 100)
  bytes.write('0000000\0', 108)
  bytes.write('0000000\0', 116)
  bytes.write(octal(size), 124)
  bytes.write(octal(Math.floor(at / 1000)), 136)
  // The sum is counted as if its own field were blank.
  bytes.write('        0', 148)
  bytes.write('ustar\x0000', 257)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return bytes
}

const octal = (value: number): string => `${value.toString(8).padStart(11, '0')} `
