/**
 * Schedules of backups, and where each is switched on: properties of the cluster, a group or a
 * definition, the nearest of which counts.
 */
import {
  type Args,
  controllerProps,
  definitionOf,
  groupOf,
  isRefusal,
  keysBelow,
  nodeOf,
  type Props,
  propsOf,
  type Reference,
  type Refusal,
  refer,
  refuse,
  remoteOf,
  type Schedule,
  scheduleNamespace,
  scheduleOf,
  schedulePrefix,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { deleteProperty, setProperty } from './property.ts'
import { missing, refuseIfTaken } from './require.ts'

type Given = Omit<Args<'schedule.modify'>, 'schedule'>
type Fields = Omit<Schedule, 'name' | 'origin'>

export function createSchedule(
  draft: Draft,
  { schedule, ...given }: Args<'schedule.create'>,
): Refusal | undefined {
  const refused = refuseIfTaken('schedule', schedule, scheduleOf(draft.state, schedule))
  if (refused) return refused
  const fields = merged({ fullCron: given.fullCron, onFailure: 'SKIP' }, given)
  draft.record({ type: 'schedule.created', schedule, ...fields })
  return undefined
}

export function modifySchedule(
  draft: Draft,
  { schedule, ...given }: Args<'schedule.modify'>,
): Refusal | undefined {
  const row = scheduleOf(draft.state, schedule)
  if (!row) return missing('schedule', schedule)
  const { name, origin: _, ...before } = row
  const fields = merged(before, given)
  const isSame = JSON.stringify(merged(before, {})) === JSON.stringify(fields)
  if (!isSame) draft.record({ type: 'schedule.changed', schedule: name, ...fields })
  return undefined
}

export function deleteSchedule(draft: Draft, args: Args<'schedule.delete'>): Refusal | undefined {
  const row = scheduleOf(draft.state, args.schedule)
  if (!row) return missing('schedule', args.schedule)
  forgetSchedules(draft, (_, schedule) => schedule === row.name)
  draft.record({ type: 'schedule.deleted', schedule: row.name })
  return undefined
}

/** What is not given stays; an empty text and numbers below zero take away. */
function merged(before: Fields, given: Given): Fields {
  const fullCron = given.fullCron ?? before.fullCron
  const incCron = given.incCron ?? before.incCron
  const keepLocal = given.keepLocal ?? before.keepLocal ?? -1
  const keepRemote = given.keepRemote ?? before.keepRemote ?? -1
  const maxRetries = given.maxRetries ?? before.maxRetries ?? -1
  return {
    fullCron,
    ...(incCron === undefined || incCron === '' ? {} : { incCron }),
    ...(keepLocal < 0 ? {} : { keepLocal }),
    ...(keepRemote < 0 ? {} : { keepRemote }),
    onFailure: given.onFailure ?? before.onFailure,
    ...(maxRetries < 0 ? {} : { maxRetries }),
  }
}

export function enableSchedule(draft: Draft, args: Args<'schedule.enable'>): Refusal | undefined {
  const found = findAbout(draft, args)
  if (isRefusal(found)) return found
  const { of, prefix } = found
  if (args.node !== undefined && !nodeOf(draft.state, args.node)) return missing('node', args.node)
  forget(draft, of, prefix)
  const renamed = Object.entries(args.renamePools ?? {}).map(
    ([pool, there]) => [`RenameStorpoolMap/${pool}`, there] as const,
  )
  const values: readonly (readonly [string, string | boolean | undefined])[] = [
    ['Enabled', true],
    ['PrefNode', args.node],
    ['ForceRestore', args.forceRestore],
    ['TargetResourceName', args.targetDefinition],
    ['TargetResourceGroup', args.targetGroup],
    ['ForceResourceGroup', args.forceTargetGroup],
    ...renamed,
  ]
  for (const [key, value] of values) {
    if (value !== undefined) setProperty(draft, of, `${prefix}${key}`, wordOf(value))
  }
  return undefined
}

/** LINSTOR's spelling of yes and no in properties. */
const wordOf = (value: string | boolean): string =>
  value === true ? 'True' : value === false ? 'False' : value

export function disableSchedule(draft: Draft, args: Args<'schedule.disable'>): Refusal | undefined {
  const found = findAbout(draft, args)
  if (isRefusal(found)) return found
  setProperty(draft, found.of, `${found.prefix}Enabled`, 'False')
  return undefined
}

export function unsetSchedule(draft: Draft, args: Args<'schedule.unset'>): Refusal | undefined {
  const found = findAbout(draft, args)
  if (isRefusal(found)) return found
  forget(draft, found.of, found.prefix)
  return undefined
}

/** What an order is about, and where its properties lie. */
function findAbout(
  { state }: Draft,
  args: Args<'schedule.unset'>,
): Refusal | { readonly of: Reference; readonly prefix: string } {
  const remote = remoteOf(state, args.remote)
  if (!remote) return missing('remote', args.remote)
  const schedule = scheduleOf(state, args.schedule)
  if (!schedule) return missing('schedule', args.schedule)
  const prefix = schedulePrefix(remote.name, schedule.name)
  if (args.definition !== undefined && args.group !== undefined) {
    const problem = 'it is about a group or a definition, not both'
    return refuse('invalid-arguments', { subject: 'definition', problem })
  }
  if (args.definition !== undefined) {
    const row = definitionOf(state, args.definition)
    if (!row) return missing('resource definition', args.definition)
    return { of: refer('resource-definition', row.name), prefix }
  }
  if (args.group === undefined) return { of: refer('controller'), prefix }
  const row = groupOf(state, args.group)
  if (!row) return missing('resource group', args.group)
  return { of: refer('resource-group', row.name), prefix }
}

function forget(draft: Draft, of: Reference, prefix: string): void {
  for (const key of keysBelow(propsOf(draft.state, of) ?? {}, prefix)) {
    deleteProperty(draft, of, key)
  }
}

/**
 * Nothing is left that names what goes. Goes through all definitions: it is seldom that a remote or
 * a schedule ends, and an index of them would be paid for by every spawn.
 */
export function forgetSchedules(
  draft: Draft,
  isMeant: (remote: string, schedule: string) => boolean,
): void {
  const { state } = draft
  const holders: (readonly [Reference, Props])[] = [
    [refer('controller'), controllerProps(state)],
    ...[...state.groups.values()].map(
      (row) => [refer('resource-group', row.name), row.props] as const,
    ),
    ...[...state.definitions.values()].map(
      (row) => [refer('resource-definition', row.name), row.props] as const,
    ),
  ]
  for (const [of, props] of holders) {
    for (const key of Object.keys(props)) {
      const [namespace, remote = '', schedule = ''] = key.split('/')
      if (`${namespace}/` === scheduleNamespace && isMeant(remote, schedule)) {
        deleteProperty(draft, of, key)
      }
    }
  }
}
