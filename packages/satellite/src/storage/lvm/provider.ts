/** Looks at volume groups: one lvs for all of LVM and LVM_THIN, and one vgs for those without volumes. */
import type { Place, PlaceSize } from '../../core/inventory.ts'
import type { CommandResult, Host } from '../../host/host.ts'
import { type LookOptions, problemOf, type StorageLook, unseen } from '../look.ts'
import { parseGroups, parseLvs } from './parse.ts'
import { lvsArgv, vgsArgv } from './steps.ts'

export async function lookAtLvm(
  host: Host,
  groups: readonly string[],
  options: LookOptions,
): Promise<StorageLook> {
  if (groups.length === 0) return unseen([], '')
  const lvs = await host.run(lvsArgv(groups), options)
  if (!isAnswer(lvs)) return unseen(groups, problemOf(lvs))
  const objects = parseLvs(lvs.stdout)
  const full = parseGroups(lvs.stdout)
  if (!objects || !full) return unseen(groups, 'lvs printed no report')
  const empty = await lookAtEmpty(host, { groups, full, stderr: lvs.stderr }, options)
  if (typeof empty === 'string') return unseen(groups, empty)
  const sizes = new Map([...full, ...empty.sizes])
  const said = lvs.stderr + empty.stderr
  return {
    places: new Map(groups.map((group) => [group, placeOf(group, sizes.has(group), said)])),
    sizes,
    objects: new Map(objects.map((object) => [object.key, object])),
  }
}

/** 5 is what they say when one of several groups is missing; the others are listed all the same. */
const isAnswer = ({ timedOut, exitCode }: CommandResult) =>
  !timedOut && (exitCode === 0 || exitCode === 5)

type Listed = {
  readonly groups: readonly string[]
  readonly full: ReadonlyMap<string, PlaceSize>
  readonly stderr: string
}

/** Groups without a volume are in no line of lvs. A string: why they could not be asked for. */
async function lookAtEmpty(
  host: Host,
  { groups, full, stderr }: Listed,
  options: LookOptions,
): Promise<{ sizes: ReadonlyMap<string, PlaceSize>; stderr: string } | string> {
  const unlisted = groups.filter((group) => !full.has(group) && !isDenied(group, stderr))
  if (unlisted.length === 0) return { sizes: new Map(), stderr: '' }
  const vgs = await host.run(vgsArgv(unlisted), options)
  if (!isAnswer(vgs)) return problemOf(vgs)
  const sizes = parseGroups(vgs.stdout)
  return sizes ? { sizes, stderr: vgs.stderr } : 'vgs printed no report'
}

const isDenied = (group: string, stderr: string) =>
  stderr.includes(`Volume group "${group}" not found`)

/** Missing only if LVM says so: a group that is merely not listed may be one that failed to load. */
function placeOf(group: string, isListed: boolean, stderr: string): Place {
  if (isDenied(group, stderr)) return { state: 'missing' }
  if (isListed) return { state: 'present' }
  return { state: 'unknown', reason: stderr.trim().split('\n').at(-1) ?? 'LVM does not list it' }
}
