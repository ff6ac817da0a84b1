/**
 * Configuration as LINSTOR has it in files. Of ours the options of the processes are the greater
 * part; what can be changed while they run is how much they write into their logs.
 */
import { controllerProps, logLevelKey, type Props } from '@varve/events'
import { z } from 'zod'
import { modified } from '../answer/say.ts'
import { ignored, oneOf } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, json, type Route, read } from '../route.ts'
import { nodeIn } from './find.ts'

const Level = oneOf(['ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'])

/** `level` is that of LINSTOR's libraries: ours have no log of their own. */
const ownLog = {
  level_linstor: Level.optional(),
  level: Level.optional(),
  print_stack_trace: ignored,
  directory: ignored,
}

const NodeConfig = z.strictObject({
  log: z.strictObject(ownLog).optional(),
  config: ignored,
  debug: ignored,
  stlt_override_node_name: ignored,
  remote_spdk: ignored,
  ebs: ignored,
  special_satellite: ignored,
  drbd_keep_res_pattern: ignored,
  net: ignored,
})

const ControllerConfig = z.strictObject({
  log: z
    .strictObject({
      ...ownLog,
      level_linstor_global: Level.optional(),
      level_global: Level.optional(),
      rest_access_log_path: ignored,
      rest_access_mode: ignored,
    })
    .optional(),
  config: ignored,
  debug: ignored,
  db: ignored,
  http: ignored,
  https: ignored,
  ldap: ignored,
})

/** Absent: as the process was started. */
const levels = (props: Props) => ({
  level: props[logLevelKey],
  level_linstor: props[logLevelKey],
})

export const configRoutes: readonly Route[] = [
  read('/v1/controller/config', 'How the controller is set up', ({ world }) =>
    json({
      config: {},
      debug: { console_enabled: false },
      log: levels(controllerProps(world.state)),
      db: {},
      // The one that answers serves HTTP.
      http: { enabled: true },
      https: { enabled: false },
      ldap: { enabled: false },
    }),
  ),
  change(
    {
      method: 'PUT',
      path: '/v1/controller/config',
      on: ['modify', 'controller'],
      summary: 'Set how much controllers, or all processes, write into their logs',
      body: ControllerConfig,
    },
    async (call) => {
      const { log = {} } = call.body
      const everywhere = log.level_linstor_global ?? log.level_global
      const level = log.level_linstor ?? everywhere
      if (level !== undefined) {
        if (!(await call.command('controller.modify', { setProps: levelProps(level) }))) return
      }
      if (everywhere !== undefined && !(await setEverywhere(call, everywhere))) return
      if (level === undefined) call.say(without)
      call.say(modified('configuration', 'controller', {}))
    },
  ),
  read('/v1/nodes/{node}/config', 'How a satellite is set up', (call) => {
    const row = nodeIn(call, call.params.node)
    if (!row) return undefined
    return json({
      config: {},
      debug: { console_enabled: false },
      log: levels(row.props),
      stlt_override_node_name: row.name,
      remote_spdk: false,
      ebs: false,
      special_satellite: false,
      drbd_keep_res_pattern: '',
      net: {},
    })
  }),
  change(
    {
      method: 'PUT',
      path: '/v1/nodes/{node}/config',
      on: ['modify', 'node'],
      summary: 'Set how much a satellite writes into its log',
      body: NodeConfig,
    },
    async (call) => {
      const row = nodeIn(call, call.params.node)
      if (!row) return
      const level = call.body.log?.level_linstor
      if (level === undefined) call.say(without)
      else {
        const setProps = levelProps(level)
        if (!(await call.command('node.modify', { node: row.name, setProps }))) return
      }
      call.say(modified('configuration', row.name, { Node: row.name }))
    },
  ),
]

const levelProps = (level: string) => ({ [logLevelKey]: level })

const without = { code: 'WARN_NO_EFFECT', message: 'Nothing of it can be changed here.' } as const

/** False: one was refused, which is said. */
async function setEverywhere(call: Call, level: string): Promise<boolean> {
  for (const { name: node } of [...call.world.state.nodes.values()]) {
    if (!(await call.command('node.modify', { node, setProps: levelProps(level) }))) return false
  }
  return true
}
