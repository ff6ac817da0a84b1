/**
 * One command through the whole of the rules: decision, then the policies that it sets off, each
 * as an entry of its own with its cause. Changes the state it is given; a plan takes that back.
 */
import {
  type Actor,
  type Command,
  type Entry,
  finishEntry,
  type ObservedView,
  type Refusal,
  type State,
  type VarveEvent,
  withoutSecrets,
} from '@varve/events'
import type { VaultView } from './context.ts'
import { decide } from './decide/index.ts'
import { nothingTouched, touch } from './desired/touched.ts'
import { Draft } from './draft.ts'
import { type Facts, factsOf } from './policies/facts.ts'
import { type Policy, policies } from './policies/index.ts'

/** What the shell puts in: time, ids, chance and observations. */
export type Ports = {
  /** ms since epoch. */
  readonly now: number
  /** Sequence of the block that the entries will stand in. */
  readonly sequence: number
  readonly newId: () => string
  readonly random64: () => string
  readonly observed: ObservedView
  readonly vault?: VaultView | undefined
}

export type Request = {
  readonly id: string
  readonly actor: Actor
  readonly command: Command
  readonly reason?: string | undefined
  readonly cause?: string | undefined
}

export type Accepted = {
  /** The command's own entry first, then those of policies; empty when nothing had to change. */
  readonly entries: readonly Entry[]
  readonly reply: Readonly<Record<string, unknown>>
  readonly explain: Draft['explain']
  /** What policies threw: a bug in one must not cost the command that set it off. */
  readonly bugs: readonly unknown[]
}

/** Policies that set each other off come to rest within two rounds; more would be a bug. */
const maxFollowUps = 16

/** Facts that no policy looks at: most entries of a busy cluster are of these. */
const quietEvents: ReadonlySet<VarveEvent['type']> = new Set([
  'volume.disk-changed',
  'volume.deployed',
  'volume.put-in-use',
  'volume.restored',
  'volume-definition.initialized',
  'peer.forgotten',
  'node.connected',
  'node.disconnected',
  'encryption.unlocked',
  'node.key-changed',
  'storage-pool.measured',
  'storage-pool.failed',
  'storage-pool.recovered',
  'proposal.made',
  'proposal.closed',
  'redundancy.rebuilding',
  'redundancy.restored',
  'resource.opened',
  'resource.closed',
  'auto-diskful.finished',
])

export function accept(state: State, request: Request, ports: Ports): Accepted | Refusal {
  const draft = draftOf(state, request, ports)
  const refusal = draft.attempt(() => decide(draft, request.command))
  if (refusal) return refusal
  const { reply, explain } = draft
  if (draft.events.length === 0) return { entries: [], reply, explain, bugs: [] }
  const entries = [admit(state, draft, request, ports)]
  const bugs = followUp(state, entries, ports)
  return { entries, reply, explain, bugs }
}

/** Runs the policies for every definition that an entry touched, also for their own entries. */
function followUp(state: State, entries: Entry[], ports: Ports): unknown[] {
  const bugs: unknown[] = []
  for (let index = 0; index < entries.length && index < maxFollowUps; index += 1) {
    const cause = entries[index]
    if (!cause || isLastWord(cause)) continue
    for (const definition of definitionsOf(state, cause.events)) {
      let facts = factsOf(state, ports.observed, definition)
      for (const policy of policies) {
        if (!facts) break
        try {
          const added = follow(facts, policy, cause.id, ports)
          entries.push(...added)
          if (added.length > 0) facts = factsOf(state, ports.observed, definition)
        } catch (error) {
          bugs.push(error)
        }
      }
    }
  }
  return bugs
}

function isLastWord({ actor }: Entry): boolean {
  return actor.kind === 'policy' && lastPolicies.has(actor.name)
}

const lastPolicies: ReadonlySet<string> = new Set(
  policies.filter(({ isLast }) => isLast).map(({ name }) => name),
)

function follow(facts: Facts, policy: Policy, cause: string, ports: Ports): Entry[] {
  const { state } = facts
  return policy.run(facts).flatMap((command) => {
    const request: Request = {
      id: ports.newId(),
      actor: { kind: 'policy', name: policy.name, via: 'policy' },
      command,
      cause,
    }
    const draft = draftOf(state, request, ports)
    // A policy that is refused has nothing to add now; the next change asks it again.
    const refusal = draft.attempt(() => decide(draft, command))
    if (refusal || draft.events.length === 0) return []
    return [admit(state, draft, request, ports)]
  })
}

function definitionsOf(state: State, events: readonly VarveEvent[]): string[] {
  const touched = nothingTouched()
  for (const event of events) if (!quietEvents.has(event.type)) touch(touched, state, event)
  return [...touched.definitions].sort()
}

function draftOf(state: State, request: Request, ports: Ports): Draft {
  return new Draft(state, {
    entry: request.id,
    now: Math.max(ports.now, state.position.at),
    sequence: ports.sequence,
    random64: ports.random64,
    observed: ports.observed,
    vault: ports.vault,
  })
}

function admit(state: State, draft: Draft, request: Request, ports: Ports): Entry {
  const entry: Entry = {
    id: request.id,
    at: draft.context.now,
    actor: request.actor,
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    ...(request.cause === undefined ? {} : { cause: request.cause }),
    command: {
      type: request.command.type,
      args: withoutSecrets(request.command.type, request.command.args),
    },
    events: draft.events,
    ...(draft.explain === undefined ? {} : { explain: draft.explain }),
    ...(Object.keys(draft.reply).length === 0 ? {} : { reply: draft.reply }),
  }
  finishEntry(state, entry, ports.sequence)
  return entry
}
