/** A bundle laid out as the directory of a controller: its journal and its checkpoint. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { z } from 'zod'
import { parseJson } from '../log/block.ts'
import { linesIn } from '../log/lines.ts'
import { type BundleEnd, BundleHead, BundleUnreadable, CheckpointMark, EndMark } from './form.ts'

export type Unpacked = { readonly head: BundleHead; readonly end: BundleEnd }

/** Lines are written together from this size on. */
const batchBytes = 1024 * 1024
const checkpointName = /^checkpoint-\d{12}$/

/** `until`: blocks after that sequence are left out. Throws `BundleUnreadable`. */
export async function unpack(path: string, directory: string, until: number): Promise<Unpacked> {
  await using journal = await LineFile.create(join(directory, 'journal'))
  let target: LineFile | undefined = journal
  let [head, end]: [BundleHead | undefined, BundleEnd | undefined] = [undefined, undefined]
  await using opened = new AsyncDisposableStack()
  let blocks = 0
  for await (const line of unzipped(path)) {
    if (!head) head = read(BundleHead, line, `${basename(path)} is not a bundle of this version`)
    else if (line.subarray(0, 5).toString() === '{"v":' && target === journal) {
      blocks += 1
      if (blocks <= until) await journal.add(line)
    } else if (line.subarray(0, 7).toString() === '{"end":') {
      end = read(EndMark, line, 'the end of the bundle is damaged').end
    } else if (target === journal) {
      const { checkpoint } = read(CheckpointMark, line, 'the bundle is damaged')
      if (!checkpointName.test(checkpoint)) throw new BundleUnreadable('the bundle is damaged')
      // A checkpoint of what is left out is of no use.
      target = blocks > until ? undefined : await LineFile.create(join(directory, checkpoint))
      if (target) opened.use(target)
    } else await target?.add(line)
  }
  if (!head || !end)
    throw new BundleUnreadable(`${basename(path)} is not whole: its end is missing`)
  if (end.sequence !== blocks) {
    throw new BundleUnreadable(`it has ${blocks} blocks, and was made of ${end.sequence}`)
  }
  return { head, end }
}

async function* unzipped(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path)
  const unzip = createGunzip()
  // The reader of the unzipped bytes hears of it.
  file.once('error', (error) => unzip.destroy(error))
  try {
    yield* linesIn(file.pipe(unzip))
  } catch (cause) {
    if (cause instanceof BundleUnreadable) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new BundleUnreadable(`${basename(path)} cannot be read: ${why}`, { cause })
  } finally {
    file.destroy()
  }
}

function read<S extends z.ZodType>(schema: S, line: Buffer, otherwise: string): z.infer<S> {
  let value: unknown
  try {
    value = parseJson(line)
  } catch {
    throw new BundleUnreadable(otherwise)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new BundleUnreadable(otherwise)
  return parsed.data
}

class LineFile implements AsyncDisposable {
  readonly #file: Awaited<ReturnType<typeof open>>
  #waiting: Buffer[] = []
  #bytes = 0

  private constructor(file: Awaited<ReturnType<typeof open>>) {
    this.#file = file
  }

  static async create(path: string): Promise<LineFile> {
    return new LineFile(await open(path, 'wx', 0o600))
  }

  async add(line: Buffer): Promise<void> {
    this.#waiting.push(line, newline)
    this.#bytes += line.length + 1
    if (this.#bytes >= batchBytes) await this.#flush()
  }

  async #flush(): Promise<void> {
    await this.#file.appendFile(Buffer.concat(this.#waiting))
    this.#waiting = []
    this.#bytes = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush()
    await this.#file.close()
  }
}

const newline = Buffer.from('\n')
