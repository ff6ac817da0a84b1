/** Disks that cannot be looked at, and pools of disks that came to nothing or would not go. */
import { type DevicePool, refer } from '@varve/events'
import { isOnline } from '../age.ts'
import type { Sight } from '../world.ts'
import type { Problem } from './problem.ts'

export function diskProblems(sight: Sight): Problem[] {
  const unseen = [...sight.state.nodes.values()].flatMap(({ name }): Problem[] => {
    const error = isOnline(sight, name) ? sight.observed.devices(name)?.error : undefined
    if (error === undefined) return []
    const sentence = `The disks of node ${name} cannot be looked at: ${error}.`
    return [{ level: 'warning', subject: refer('node', name), sentence }]
  })
  return [...unseen, ...[...sight.state.devicePools.values()].flatMap(poolProblem)]
}

function poolProblem({ node, backing, phase, problem }: DevicePool): Problem[] {
  if (problem === undefined) return []
  const what = phase === 'failed' ? 'could not be made' : 'was not deleted'
  return [
    {
      level: 'warning',
      subject: refer('device-pool', node, backing),
      sentence: `Device pool ${backing} on ${node} ${what}: ${problem}`,
      ...(phase === 'failed'
        ? { remedy: `varve physical-storage delete-device-pool ${node} ${backing}` }
        : {}),
    },
  ]
}
