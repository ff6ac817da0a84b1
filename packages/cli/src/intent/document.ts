/** The cluster's intent as a YAML file: from the cluster, and from a file. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Intent, type IntentPart, joinIntent, type Page } from '@varve/projections'
import { parseDocument } from 'yaml'
import type { Client } from '../client/client.ts'
import { UserError } from '../session.ts'

/** Definitions are the largest part: so many fit into a message, with 32 replicas each. */
const partsAtATime = 100

export type Exported = {
  readonly intent: Intent
  /** The log's position that it was read at. */
  readonly sequence: number
}

/** Throws `UserError` with the refusal's sentence. */
export async function exportIntent(client: Client): Promise<Exported> {
  const parts: IntentPart[] = []
  let sequence = 0
  for (let offset = 0; ; offset += partsAtATime) {
    const reply = await client.query('intent', { offset, limit: partsAtATime })
    if (!reply.ok) throw new UserError(reply.refusal.message)
    // The controller answers this query with exactly this.
    const page = reply.data as Page<IntentPart>
    parts.push(...page.rows)
    // The first page counts: what changed after it may be missing in it.
    if (offset === 0) sequence = reply.sequence
    if (offset + partsAtATime >= page.total) {
      return { intent: Intent.parse(joinIntent(parts)), sequence }
    }
  }
}

/** `-` is standard input. Throws `UserError` that names the line or the field. */
export async function readIntent(path: string): Promise<Intent> {
  const content = path === '-' ? await text(process.stdin) : await contentOf(path)
  const document = parseDocument(content, { prettyErrors: true })
  const [problem] = document.errors
  if (problem) throw new UserError(`${path} is not YAML: ${problem.message}`)
  const parsed = Intent.safeParse(document.toJS() ?? {})
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path: place, message }) =>
    place.length === 0 ? message : `${place.join('.')}: ${message}`,
  )
  throw new UserError(`${path}: ${problems.join('; ')}`)
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`The file cannot be read: ${why}`, undefined, cause)
  }
}
