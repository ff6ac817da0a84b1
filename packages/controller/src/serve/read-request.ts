/** A message on a command subject → a job, or the refusal that says what is wrong with it. */
import {
  type Command,
  CommandRequest,
  commands,
  isPublicCommand,
  type Refusal,
  readCommandSubject,
  refuse,
  wireVersion,
} from '@varve/events'
import type { z } from 'zod'
import type { Job } from '../lead/sequencer.ts'

/** `id` is known even for most requests that are refused, so that the reply can name it. */
export type ReadRequest = { readonly id: string; readonly job: Omit<Job, 'answer'> | Refusal }

export function readRequest(subject: string, payload: string): ReadRequest {
  const about = readCommandSubject(subject)
  const raw = parseJson(payload)
  const id = idOf(raw)
  const fail = (job: Refusal): ReadRequest => ({ id, job })
  if (raw === undefined) return fail(refuse('malformed-request', { problem: 'it is not JSON' }))
  const version = versionOf(raw)
  if (version !== wireVersion) {
    const measured = version === undefined ? 'none' : String(version)
    return fail(refuse('unknown-version', { measured, required: wireVersion }))
  }
  const request = CommandRequest.safeParse(raw)
  if (!request.success) {
    return fail(refuse('malformed-request', { problem: problemOf(request.error) }))
  }
  if (!about || !isPublicCommand(about.type)) {
    return fail(refuse('unknown-command', { subject: about?.type ?? subject }))
  }
  const args = commands[about.type].safeParse(request.data.args ?? {})
  if (!args.success) {
    const problem = problemOf(args.error)
    return fail(refuse('invalid-arguments', { subject: about.type, problem }))
  }
  const { reason, onBehalfOf, via, plan, ifSequence, asPlanned } = request.data
  return {
    id: request.data.id,
    job: {
      request: {
        id: request.data.id,
        actor: {
          kind: 'user',
          name: about.actor,
          via,
          ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
        },
        // Type and arguments were checked against the same row of the table.
        command: { type: about.type, args: args.data } as Command,
        reason,
      },
      plan,
      ifSequence,
      asPlanned,
    },
  }
}

export function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}

export function problemOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ')
}

function idOf(raw: unknown): string {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : ''
  return typeof id === 'string' ? id.slice(0, 64) : ''
}

export function versionOf(raw: unknown): unknown {
  return typeof raw === 'object' && raw !== null && 'v' in raw ? raw.v : undefined
}
