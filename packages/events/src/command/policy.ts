/** Commands about what Varve does by itself. */
import { z } from 'zod'
import { DefinitionName, GroupName, NodeName } from '../names.ts'
import { PolicyMode, PolicyName } from '../policy.ts'

export const policyCommands = {
  /** For the whole cluster, or for one group, definition or node. */
  'policy.set': z.strictObject({
    policy: PolicyName,
    /** `inherit`: as the level above has it. */
    mode: z.enum([...PolicyMode.options, 'inherit']),
    group: GroupName.optional(),
    definition: DefinitionName.optional(),
    node: NodeName.optional(),
  }),
}
