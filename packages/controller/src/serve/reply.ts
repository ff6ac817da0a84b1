/** Outcomes as the wire has them. */
import {
  type AsPlanned,
  type CommandReply,
  type Outcome,
  type Refusal,
  refusalText,
} from '@varve/events'
import type { Accepted } from '../core/accept.ts'
import type { Plan } from '../core/plan.ts'

export function refusedReply(id: string, sequence: number, refusal: Refusal): CommandReply {
  const { noun, subject, measured, required } = refusal.fields
  return {
    ok: false,
    id,
    sequence,
    refusal: {
      code: refusal.refused,
      message: refusalText(refusal),
      ...(refusal.remedy === undefined ? {} : { remedy: refusal.remedy }),
      ...(noun === undefined ? {} : { noun: String(noun) }),
      ...(subject === undefined ? {} : { subject: String(subject) }),
      ...(measured === undefined ? {} : { measured }),
      ...(required === undefined ? {} : { required }),
      ...(refusal.details === undefined ? {} : { details: [...refusal.details] }),
    },
  }
}

/** Without the explanation: it stands in the log, for whoever asks for it. */
export function accepted(id: string, sequence: number, outcome: Accepted): CommandReply {
  return {
    ok: true,
    id,
    sequence,
    ...(outcome.entries.length === 0 ? { unchanged: true } : {}),
    ...resultOf(outcome.reply),
  }
}

/** The same id again: the outcome that the fold remembers. */
export function repeated(id: string, outcome: Outcome): CommandReply {
  return {
    ok: true,
    id,
    sequence: outcome.sequence,
    repeated: true,
    ...resultOf(outcome.reply ?? {}),
  }
}

export function planned(
  id: string,
  sequence: number,
  made: Plan,
  asPlanned: Omit<AsPlanned, 'sequence'>,
): CommandReply {
  return {
    ok: true,
    id,
    sequence,
    ...(made.events.length === 0 ? { unchanged: true } : {}),
    ...resultOf(made.reply),
    ...(made.explain === undefined ? {} : { explain: made.explain }),
    plan: {
      events: [...made.events],
      entries: [...made.entries],
      effects: made.effects.map(({ node, effects }) => ({ node, effects: [...effects] })),
      transfers: [...made.transfers],
      redundancy: [...made.redundancy],
      asPlanned: { sequence, ...asPlanned },
    },
  }
}

function resultOf(reply: Readonly<Record<string, unknown>>) {
  const { operation, ...result } = reply
  return {
    ...(typeof operation === 'string' ? { operation } : {}),
    ...(Object.keys(result).length === 0 ? {} : { result }),
  }
}
