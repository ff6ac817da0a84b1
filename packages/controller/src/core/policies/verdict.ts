/** From what a policy wants to what is sent: the commands themselves, or word of them. */
import {
  type Command,
  type PolicyMode,
  type PolicyName,
  proposalKey,
  type Reference,
  type State,
} from '@varve/events'

export type Verdict = {
  /** Empty: all is as the policy wants it. */
  readonly commands: readonly Command[]
  /** What they come to, after "would": `evict node n3`. */
  readonly wish: string
  /** What speaks against it for now, after "but"; the policy stands down. */
  readonly held?: string | undefined
  /** What it notes for itself, in every mode: facts that its wishes hang on. */
  readonly notes?: readonly Command[]
}

export const nothingWanted: Verdict = { commands: [], wish: '' }

export type Subject = {
  readonly policy: PolicyName
  readonly about: Reference
  readonly mode: PolicyMode
}

/** Commands to append now. Proposals say only what is new, so an unchanged wish makes no entry. */
export function commandsFor(state: State, subject: Subject, verdict: Verdict): readonly Command[] {
  return [...(verdict.notes ?? []), ...acts(state, subject, verdict)]
}

function acts(state: State, subject: Subject, verdict: Verdict): readonly Command[] {
  const { policy, about, mode } = subject
  const isWanted = verdict.commands.length > 0
  const isOn = mode === 'on' && isWanted && verdict.held === undefined
  const proposal = openProposal(state, policy, about)
  if (isOn || mode === 'off' || !isWanted) {
    const closed = proposal ? [close(subject, isOn, isWanted)] : []
    return isOn ? [...closed, ...verdict.commands] : closed
  }
  const { wish, held } = verdict
  const commands = verdict.commands.map(({ type, args }) => ({ type, args }))
  const isSaid = proposal?.wish === wish && proposal.held === held
  if (isSaid && JSON.stringify(proposal.commands) === JSON.stringify(commands)) return []
  const said = held === undefined ? {} : { held }
  return [{ type: 'proposal.make', args: { policy, about, commands, wish, ...said } }]
}

function openProposal(state: State, policy: PolicyName, about: Reference) {
  if (state.proposals.size === 0) return undefined
  const row = state.proposals.get(proposalKey(policy, about))
  return row?.closed === undefined ? row : undefined
}

function close({ policy, about, mode }: Subject, isOn: boolean, isWanted: boolean): Command {
  const outcome = isOn
    ? 'nothing speaks against it any more, and it acts'
    : mode === 'off' && isWanted
      ? 'the policy was switched off'
      : 'there is no need of it any more'
  return { type: 'proposal.close', args: { policy, about, outcome } }
}
