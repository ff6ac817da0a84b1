/** Looks at volume groups: one lvs and one vgs for all of LVM and LVM_THIN. */
import type { Place } from '../../core/inventory.ts'
import type { Host } from '../../host/host.ts'
import { type LookOptions, problemOf, type StorageLook, unseen } from '../look.ts'
import { parseLvs, parseVgs } from './parse.ts'
import { lvsArgv, vgsArgv } from './steps.ts'

export async function lookAtLvm(
  host: Host,
  groups: readonly string[],
  options: LookOptions,
): Promise<StorageLook> {
  if (groups.length === 0) return unseen([], '')
  const [lvs, vgs] = await Promise.all([
    host.run(lvsArgv(groups), options),
    host.run(vgsArgv(groups), options),
  ])
  // 5 is what both say when one of several groups is missing; the others are listed all the same.
  const bad = [lvs, vgs].find((r) => r.timedOut || (r.exitCode !== 0 && r.exitCode !== 5))
  if (bad) return unseen(groups, problemOf(bad))
  const objects = parseLvs(lvs.stdout)
  const sizes = parseVgs(vgs.stdout)
  if (!objects || !sizes) return unseen(groups, 'lvs or vgs printed no report')
  return {
    places: new Map(groups.map((g) => [g, placeOf(g, sizes.has(g), lvs.stderr + vgs.stderr)])),
    sizes,
    objects: new Map(objects.map((object) => [object.key, object])),
  }
}

/** Missing only if LVM says so: a group that is merely not listed may be one that failed to load. */
function placeOf(group: string, isListed: boolean, stderr: string): Place {
  const isDenied = stderr.includes(`Volume group "${group}" not found`)
  if (isDenied) return { state: 'missing' }
  if (isListed) return { state: 'present' }
  return { state: 'unknown', reason: stderr.trim().split('\n').at(-1) ?? 'LVM does not list it' }
}
