/** What LINSTOR's clients sent and were answered, as it was recorded, one JSON object a line. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { parseExact } from './exact.ts'

/** The recordings lie beside the project, not in it. */
const folder = join(import.meta.dirname, '../../../shared/reference/clients/recorded')

const Line = z.object({
  m: z.string(),
  p: z.string(),
  h: z.record(z.string(), z.string()),
  /** Parsed body; null: there was none. */
  b: z.unknown(),
  s: z.int(),
  r: z.unknown(),
})

export type Exchange = {
  readonly line: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly status: number
  readonly answer: unknown
}

/** Undefined: the recording is not there. */
export async function readRecording(name: string): Promise<readonly Exchange[] | undefined> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  return text.split('\n').flatMap((row, at) => {
    // Rows of another form name what the client was told to do.
    const parsed = Line.safeParse(row === '' ? undefined : parseExact(row))
    if (!parsed.success) return []
    const { m, p, h, b, s, r } = parsed.data
    return [{ line: at + 1, method: m, path: p, headers: h, body: b, status: s, answer: r }]
  })
}
