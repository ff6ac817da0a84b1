/** Schedules of backups: kept, and switched on where they are to count; none is run yet. */
import { definitionOf, nameKey, type Schedule, scheduleOf } from '@varve/events'
import { scheduleOrders } from '@varve/projections'
import { z } from 'zod'
import { created, deleted, modified, nothingToDelete } from '../answer/say.ts'
import { flag, int, oneOf, props, text } from '../body/lenient.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { uuidOf } from '../views/uuid.ts'

const noun = 'schedule'
const list = '/v1/schedules'
const one = `${list}/{scheduleName}`
const order = '/v1/remotes/{remote_name}/backups/schedule/{schedule_name}'
const view = '/v1/view/schedules-by-resource'
const notRun = 'Varve does not make backups yet.'
const noRuns = 'no backup is made yet'

const fields = {
  inc_cron: text.optional(),
  keep_local: int.optional(),
  keep_remote: int.optional(),
  on_failure: oneOf(['SKIP', 'RETRY']).optional(),
  max_retries: int.optional(),
}

type Given = {
  readonly full_cron?: string | undefined
  readonly inc_cron?: string | undefined
  readonly keep_local?: number | undefined
  readonly keep_remote?: number | undefined
  readonly on_failure?: 'SKIP' | 'RETRY' | undefined
  readonly max_retries?: number | undefined
}

/** Fields that were not given are undefined, and stay as they are. */
const argsOf = (given: Given) => ({
  fullCron: given.full_cron,
  incCron: given.inc_cron,
  keepLocal: given.keep_local,
  keepRemote: given.keep_remote,
  onFailure: given.on_failure,
  maxRetries: given.max_retries,
})

const scheduleView = (row: Schedule): object => ({
  schedule_name: row.name,
  full_cron: row.fullCron,
  inc_cron: row.incCron,
  keep_local: row.keepLocal,
  keep_remote: row.keepRemote,
  on_failure: row.onFailure,
  max_retries: row.maxRetries,
})

const kept: readonly Route[] = [
  read(list, 'Schedules of backups', (call) =>
    json({ data: [...call.world.state.schedules.values()].map(scheduleView) }),
  ),
  change(
    {
      method: 'POST',
      path: list,
      on: ['create', 'schedule'],
      summary: 'Add a schedule',
      success: 201,
      later: noRuns,
      body: z.strictObject({ schedule_name: text, full_cron: text, ...fields }),
    },
    async (call) => {
      const { schedule_name: schedule, full_cron: fullCron } = call.body
      const { incCron, ...rest } = argsOf(call.body)
      const differences = incCron === undefined || incCron === '' ? {} : { incCron }
      const args = { schedule, ...rest, fullCron, ...differences }
      if (!(await call.command('schedule.create', args))) return
      const row = scheduleOf(call.world.state, schedule)
      call.say(created(noun, schedule, { Schedule: schedule }, row && uuidOf(row.origin, schedule)))
    },
  ),
  change(
    {
      method: 'PUT',
      path: one,
      on: ['modify', 'schedule'],
      summary: 'Change a schedule',
      body: z.strictObject({ full_cron: text.optional(), ...fields }),
    },
    async (call) => {
      const { scheduleName: schedule } = call.params
      if (!(await call.command('schedule.modify', { schedule, ...argsOf(call.body) }))) return
      call.say(modified(noun, schedule, { Schedule: schedule }))
    },
  ),
  change(
    {
      method: 'DELETE',
      path: one,
      on: ['delete', 'schedule'],
      summary: 'Delete a schedule; nothing follows it any more',
      body: noBody,
    },
    async (call) => {
      const { scheduleName: schedule } = call.params
      const refs = { Schedule: schedule }
      if (!scheduleOf(call.world.state, schedule)) call.say(nothingToDelete(noun, schedule, refs))
      else if (await call.command('schedule.delete', { schedule })) {
        call.say(deleted(noun, schedule, refs))
      }
    },
  ),
]

const BackupSchedule = z.strictObject({
  rsc_name: text.optional(),
  grp_name: text.optional(),
  node_name: text.optional(),
  dst_stor_pool: text.optional(),
  stor_pool_rename: props.optional(),
  force_restore: flag.optional(),
  dst_rsc_grp: text.optional(),
  dst_rsc_name: text.optional(),
  force_mv_rsc_grp: flag.optional(),
})

/** LINSTOR's name for all pools that no row of the table names. */
const everyPool = 'linstor_default'

const orders: readonly Route[] = [
  change(
    {
      method: 'PUT',
      path: `${order}/enable`,
      on: ['modify', 'schedule'],
      summary: 'Say that backups of all, a group or a definition to a remote follow a schedule',
      later: noRuns,
      body: BackupSchedule,
    },
    async (call) => {
      const { schedule_name: schedule, remote_name: remote } = call.params
      const { body } = call
      const every = body.dst_stor_pool === undefined ? {} : { [everyPool]: body.dst_stor_pool }
      const renamePools = { ...every, ...body.stor_pool_rename }
      const args = {
        schedule,
        remote,
        group: body.grp_name,
        definition: body.rsc_name,
        node: body.node_name,
        forceRestore: body.force_restore,
        ...(Object.keys(renamePools).length === 0 ? {} : { renamePools }),
        targetDefinition: body.dst_rsc_name,
        targetGroup: body.dst_rsc_grp,
        forceTargetGroup: body.force_mv_rsc_grp,
      }
      if (!(await call.command('schedule.enable', args))) return
      call.say({ code: 'WARN_NO_EFFECT', message: notRun })
      call.say(modified(noun, schedule, { Schedule: schedule, Remote: remote }))
    },
  ),
  change(
    {
      method: 'PUT',
      path: `${order}/disable`,
      on: ['modify', 'schedule'],
      summary: 'Say that they do not, whatever is said above',
      body: BackupSchedule,
    },
    async (call) => {
      const { schedule_name: schedule, remote_name: remote } = call.params
      const { grp_name: group, rsc_name: definition } = call.body
      if (!(await call.command('schedule.disable', { schedule, remote, group, definition }))) return
      call.say(modified(noun, schedule, { Schedule: schedule, Remote: remote }))
    },
  ),
  change(
    {
      method: 'DELETE',
      path: `${order}/delete`,
      on: ['delete', 'schedule'],
      summary: 'Say nothing of it any more',
      body: noBody,
    },
    async (call) => {
      const { schedule_name: schedule, remote_name: remote } = call.params
      const { query } = call.asked
      const about = { group: query.text('rsc_grp_name'), definition: query.text('rsc_dfn_name') }
      if (!(await call.command('schedule.unset', { schedule, remote, ...about }))) return
      call.say(deleted(noun, schedule, { Schedule: schedule, Remote: remote }))
    },
  ),
]

export const scheduleRoutes: readonly Route[] = [
  ...kept,
  ...orders,
  read(
    view,
    'What is said of each definition, a remote and a schedule',
    (call) => {
      const { query, ports } = call.asked
      const { state } = ports.world()
      const [rsc, remote, schedule] = ['rsc', 'remote', 'schedule'].map((name) => query.text(name))
      const isAsked = (given: string | undefined, name: string) =>
        given === undefined || given === '' || nameKey(given) === nameKey(name)
      const rows = [...state.definitions.values()]
        .filter((definition) => isAsked(rsc, definition.name))
        .flatMap((definition) =>
          scheduleOrders(state, definition)
            .filter((row) => isAsked(remote, row.remote) && isAsked(schedule, row.schedule))
            .filter((row) => row.isEnabled || !query.flag('active-only'))
            .map((row) => ({
              rsc_name: definition.name,
              remote_name: row.remote,
              schedule_name: row.schedule,
              reason: row.isEnabled ? notRun : 'It is switched off.',
            })),
        )
      return json({ data: rows })
    },
    { later: 'when they run: none does yet' },
  ),
  read(`${view}/{rscName}`, 'Where it is said of one definition', (call) => {
    const { rscName } = call.params
    const { state } = call.world
    const definition = definitionOf(state, rscName)
    const rows = definition ? scheduleOrders(state, definition) : []
    return json({
      data: rows.map((row) => ({
        remote_name: row.remote,
        schedule_name: row.schedule,
        ctrl: row.controller,
        rsc_grp: row.group,
        rsc_dfn: row.definition,
      })),
    })
  }),
]
