/** The automatic managers that an operator can stop, watch, or let act. */
import { z } from 'zod'
import type { Props } from './kinds.ts'
import { firstOf } from './property/inherit.ts'

export const PolicyName = z.enum([
  'tie-breaker',
  'quorum',
  're-place',
  'auto-evict',
  'auto-diskful',
  'balance',
  'thin-pool-guard',
  'auto-snapshot',
  'trash',
  'auto-verify-algo',
])
export type PolicyName = z.infer<typeof PolicyName>

/** `shadow`: it writes down what it would do, and does nothing. */
export const PolicyMode = z.enum(['off', 'shadow', 'on'])
export type PolicyMode = z.infer<typeof PolicyMode>

/** What each of them is for; `varve policy list` says it, and the help of its property. */
export const policyPurposes: Readonly<Record<PolicyName, string>> = {
  'tie-breaker': 'A diskless voter where an even number of replicas could be split in halves.',
  quorum: 'Quorum by majority as soon as a majority can mean something, else off.',
  're-place': 'New replicas for those that went with a lost or evicted node.',
  'auto-evict': 'Nodes that stay away too long are evicted, one at a time.',
  'auto-diskful': 'Diskless resources that are in use for long get a disk of their own.',
  'thin-pool-guard': 'Nothing new comes into a thin pool that is nearly full, or soon will be.',
  'auto-snapshot': 'Snapshots every AutoSnapshot/RunEvery minutes; the newest are kept.',
  trash: 'What has been in the trash for Varve/Trash/Retention minutes goes for good.',
  'auto-verify-algo': 'A digest for verifications that the kernels of all its nodes have.',
  balance: 'As many replicas as the resource group asks for, no fewer and no more.',
}

/** A rule that refuses can be broken or not: it has nothing to propose. */
export const policyModesOf = (policy: PolicyName): readonly PolicyMode[] =>
  policy === 'thin-pool-guard' ? ['off', 'on'] : PolicyMode.options

/** The property that holds a policy's mode: of the controller, a group or a definition. */
export const policyKey = (policy: PolicyName): string => `Varve/Policy/${policy}`

/**
 * LINSTOR does all of this unless it is told not to, and so do we; but replicas that somebody has
 * made by hand are not taken away before somebody has said so.
 */
export const usualModeOf = (policy: PolicyName): PolicyMode =>
  policy === 'balance' ? 'shadow' : 'on'

/** `chain`: containers, most specific first. */
export function policyModeOf(
  policy: PolicyName,
  chain: readonly (Props | undefined)[],
): PolicyMode {
  const mode = PolicyMode.safeParse(firstOf(policyKey(policy), chain))
  return mode.success ? mode.data : usualModeOf(policy)
}
