/** Zpools out of disks, and back. Pure; each step is checked by a new look. */
import type { DesiredDevicePool } from '@varve/events'
import { run, timeouts } from '../core/step.ts'
import { ownerProperty, ownerValue } from '../storage/zfs/mark.ts'
import { more } from './arguments.ts'
import { chooseDisks, vacant } from './disks.ts'
import { done, type ProvisionPlan, refused, steps } from './plan.ts'
import type { ProvisionSight } from './sight.ts'

/** The pool itself and all that is in it. */
export const insideArgv = (pool: string): readonly string[] => [
  ...['zfs', 'list', '-H', '-p', '-r', '-t', 'filesystem,volume,snapshot'],
  ...['-o', `name,${ownerProperty}`, pool],
]

export function planZfs(desired: DesiredDevicePool, sight: ProvisionSight): ProvisionPlan {
  return desired.state === 'present' ? make(desired, sight) : takeAway(desired, sight)
}

/** Never with -f: zpool has its own look at the disks then, and refuses what is in use. */
function make(desired: DesiredDevicePool, sight: ProvisionSight): ProvisionPlan {
  const { owner, backing } = desired
  if (sight.zpool) {
    if (sight.zpool.owner === owner) return done
    return refused(`there is a zpool ${backing} already, which was not made for this`)
  }
  const chosen = chooseDisks(desired, sight, () => false)
  if (chosen.kind === 'problem') return refused(chosen.problem)
  const mark = `${ownerProperty}=${ownerValue(owner, backing)}`
  const words = more(desired, 'zpoolCreateArguments')
  const argv = ['zpool', 'create', ...words, '-m', 'none', '-O', mark, backing, ...chosen.paths]
  const why = `there is no zpool ${backing}`
  const create = run('zpool create', argv, why, { timeoutMs: timeouts.bulk })
  return steps([...chosen.paths.map(vacant), create])
}

function takeAway({ owner, backing }: DesiredDevicePool, sight: ProvisionSight): ProvisionPlan {
  const { zpool } = sight
  if (zpool && zpool.owner === owner) {
    if (zpool.inside.length > 0) {
      const [first] = zpool.inside
      const more = zpool.inside.length > 1 ? ` and ${zpool.inside.length - 1} more` : ''
      return refused(`it is not empty: ${first}${more}`)
    }
    const why = `the zpool ${backing} is not wanted any more, and is empty`
    // At once: of a pool that is gone nobody can tell any more that these labels were ours.
    return steps([
      run('zpool destroy', ['zpool', 'destroy', backing], why),
      ...sight.labelled.map((path) =>
        run('zpool labelclear', ['zpool', 'labelclear', path], `${path} was part of it`, {
          mayFail: true,
        }),
      ),
    ])
  }
  return done
}
