/**
 * Deciding again what was decided: a recorded command on the state of then, by the rules of this
 * release. What it would do now is taken back; the state goes on as the log has it.
 */
import {
  allCommands,
  attempt,
  type Command,
  canonical,
  type Entry,
  isRefusal,
  refusalText,
  type State,
} from '@varve/events'
import { type Accepted, accept, type Ports } from '../accept.ts'
import { policies } from '../policies/index.ts'
import { recordedPorts } from './ports.ts'
import { suppositions } from './supposed.ts'

/** One decision that would come out otherwise. */
export type Difference = {
  readonly sequence: number
  /** Of the command's entry in its block. */
  readonly index: number
  readonly id: string
  readonly command: string
  /** One sentence: what is different first. */
  readonly difference: string
}

/** A command's entry with those of the policies that it set off, as the leader made them at once. */
export type Decision = { readonly index: number; readonly entries: readonly Entry[] }

const followers: ReadonlySet<string> = new Set(policies.map(({ name }) => name))

/** The entries of one block as decisions. */
export function decisionsOf(entries: readonly Entry[]): Decision[] {
  const decisions: { index: number; entries: Entry[] }[] = []
  for (const [index, entry] of entries.entries()) {
    const last = decisions.at(-1)
    const isFollower = entry.actor.kind === 'policy' && followers.has(entry.actor.name)
    if (last && isFollower && last.entries.some(({ id }) => id === entry.cause)) {
      last.entries.push(entry)
    } else decisions.push({ index, entries: [entry] })
  }
  return decisions
}

/** Undefined: it would come out the same. `sequence`: of the block; `state` is that before it. */
export function rehearse(
  state: State,
  { entries, index }: Decision,
  sequence: number,
): Difference | undefined {
  const [lead] = entries
  if (!lead) return undefined
  const { type, args } = lead.command
  const about = { sequence, index, id: lead.id, command: type }
  if (!Object.hasOwn(allCommands, type)) {
    return { ...about, difference: `This release has no command ${type}.` }
  }
  const schema = allCommands[type as Command['type']]
  const parsed = schema.safeParse(args)
  if (!parsed.success) {
    const problem = parsed.error.issues[0]?.message ?? 'they do not fit'
    return { ...about, difference: `This release does not take its arguments: ${problem}.` }
  }
  const { id, actor, reason, cause } = lead
  // Type and arguments were checked against the same row of the table.
  const command = { type, args: parsed.data } as Command
  const request = { id, actor, command, reason, cause }
  let first: string | undefined
  for (const supposition of suppositions) {
    const ports = recordedPorts(state, entries, sequence, supposition)
    const difference = differenceOf(entries, decideAgain(state, request, ports))
    if (difference === undefined) return undefined
    first ??= difference
  }
  return { ...about, difference: first ?? '' }
}

function decideAgain(state: State, request: Parameters<typeof accept>[1], ports: Ports) {
  try {
    const outcome = attempt(
      state,
      () => accept(state, request, ports),
      () => false,
    )
    return isRefusal(outcome) ? `It would be refused: ${refusalText(outcome)}` : outcome
  } catch (error) {
    return `A rule of this release fails: ${error instanceof Error ? error.message : String(error)}`
  }
}

function differenceOf(recorded: readonly Entry[], now: Accepted | string): string | undefined {
  if (typeof now === 'string') return now
  const [bug] = now.bugs
  if (bug !== undefined) return `A policy of this release fails: ${String(bug)}`
  for (let index = 0; index < Math.max(recorded.length, now.entries.length); index += 1) {
    const difference = compare(recorded[index], now.entries[index])
    if (difference !== undefined) return difference
  }
  return undefined
}

function compare(recorded: Entry | undefined, now: Entry | undefined): string | undefined {
  if (!recorded) return `${now?.actor.name} would add ${now?.command.type} to it.`
  if (!now) {
    return recorded.actor.kind === 'policy'
      ? `${recorded.actor.name} would not add ${recorded.command.type} to it.`
      : 'Nothing would have to change.'
  }
  for (let at = 0; at < Math.max(recorded.events.length, now.events.length); at += 1) {
    const [was, is] = [recorded.events[at], now.events[at]]
    if (canonical(was) === canonical(is)) continue
    const told = (event: typeof was) => (event ? canonical(event) : 'nothing more')
    return `Event ${at + 1} was ${told(was)} and would be ${told(is)}.`
  }
  return undefined
}
