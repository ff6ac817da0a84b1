/** Which mode a policy is in where it would act. */
import {
  controllerProps,
  definitionOf,
  groupOf,
  nodeOf,
  type PolicyMode,
  type PolicyName,
  policyModeOf,
  type Reference,
  readReference,
  type State,
} from '@varve/events'

/** Definition > group > controller; for a node: node > controller. */
export function modeFor(state: State, policy: PolicyName, about: Reference): PolicyMode {
  const { noun, names } = readReference(about)
  const [name = ''] = names
  if (noun === 'node')
    return policyModeOf(policy, [nodeOf(state, name)?.props, controllerProps(state)])
  const row = definitionOf(state, name)
  const group = row && groupOf(state, row.group)
  return policyModeOf(policy, [row?.props, group?.props, controllerProps(state)])
}
