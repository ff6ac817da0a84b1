/** The modes of policies, one property each. */
import { PolicyName, policyKey, policyModesOf, policyPurposes, usualModeOf } from '../policy.ts'
import { type PropertyRow, row } from './row.ts'
import { choice } from './value.ts'

/** A node is evicted as a whole, so groups and definitions have no say in that. */
const levelsOf = (policy: PolicyName) =>
  policy === 'auto-evict' ? (['C', 'N'] as const) : (['C', 'RD'] as const)

export const policyRows: readonly PropertyRow[] = PolicyName.options.map((policy) =>
  row(
    policyKey(policy),
    levelsOf(policy),
    choice(...policyModesOf(policy)),
    policyPurposes[policy],
    {
      default: usualModeOf(policy),
    },
  ),
)
