/** Policies: how each is switched and what it wishes at present; and what they would have done. */
import {
  controllerProps,
  type PolicyMode,
  PolicyName,
  type Proposal,
  type Props,
  policyKey,
  policyModeOf,
  policyPurposes,
  type State,
} from '@varve/events'
import { formatDuration } from '../age.ts'
import type { Sight } from '../world.ts'

export type PolicyRow = {
  readonly policy: PolicyName
  /** Of the cluster, where nothing else is said. */
  readonly mode: PolicyMode
  /** `resource-group/fast: off` of each object that has it otherwise. */
  readonly exceptions: readonly string[]
  /** Wishes that are open: in shadow, or while something speaks against them. */
  readonly proposals: number
  readonly purpose: string
}

export function policyRows({ state }: Sight): PolicyRow[] {
  const open = state.proposals.by('open', 'yes')
  return PolicyName.options.map((policy) => ({
    policy,
    mode: policyModeOf(policy, [controllerProps(state)]),
    exceptions: exceptionsOf(state, policyKey(policy)),
    proposals: open.filter((row) => row.policy === policy).length,
    purpose: policyPurposes[policy],
  }))
}

/** At most so many are listed: whoever sets it on each definition knows that. */
const mostExceptions = 20

function exceptionsOf(state: State, key: string): string[] {
  const found: string[] = []
  const look = (noun: string, rows: Iterable<{ readonly name: string; readonly props: Props }>) => {
    for (const { name, props } of rows) {
      const mode = props[key]
      if (mode === undefined || found.length >= mostExceptions) continue
      found.push(`${noun}/${name}: ${mode}`)
    }
  }
  look('resource-group', state.groups.values())
  look('node', state.nodes.values())
  look('resource-definition', state.definitions.values())
  return found
}

export type ProposalRow = {
  readonly policy: PolicyName
  readonly about: string
  readonly wish: string
  readonly held?: string
  readonly at: number
  readonly ageMs: number
  /** What has come of it since. */
  readonly since: string
  readonly isOpen: boolean
}

export function proposalRow(sight: Sight, row: Proposal): ProposalRow {
  const { policy, about, wish, held, closed, origin } = row
  return {
    policy,
    about,
    wish,
    ...(held === undefined ? {} : { held }),
    at: origin.at,
    ageMs: Math.max(0, sight.now - origin.at),
    since: sinceOf(sight, row),
    isOpen: closed === undefined,
  }
}

function sinceOf(sight: Sight, { closed, held, origin }: Proposal): string {
  if (closed) return `over after ${formatDuration(closed.at - origin.at)}: ${closed.outcome}`
  const age = formatDuration(Math.max(0, sight.now - origin.at))
  return held === undefined ? `it would be done for ${age} now` : `stands down for ${age}: ${held}`
}
