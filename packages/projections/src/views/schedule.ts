/** Schedules of backups, and what each definition has to do with them. */
import {
  controllerProps,
  groupOf,
  type Props,
  type ResourceDefinition,
  type Schedule,
  type State,
  scheduleNamespace,
} from '@varve/events'

export type ScheduleRow = Omit<Schedule, 'origin'> & { readonly createdAt: number }

export function scheduleRow({ origin, ...row }: Schedule): ScheduleRow {
  return { ...row, createdAt: origin.at }
}

/** What is said of one schedule and one remote; absent where nothing is said. */
export type ScheduleOrder = {
  readonly remote: string
  readonly schedule: string
  readonly controller?: boolean
  readonly group?: boolean
  readonly definition?: boolean
  /** The nearest of them. */
  readonly isEnabled: boolean
}

/** All that is said of a definition, by remote and schedule. */
export function scheduleOrders(state: State, definition: ResourceDefinition): ScheduleOrder[] {
  const controller = ordersIn(controllerProps(state))
  const group = ordersIn(groupOf(state, definition.group)?.props ?? {})
  const own = ordersIn(definition.props)
  const keys = [...new Set([...controller.keys(), ...group.keys(), ...own.keys()])].sort()
  return keys.map((key) => {
    const [remote = '', schedule = ''] = key.split('/')
    const [atController, atGroup, atOwn] = [controller.get(key), group.get(key), own.get(key)]
    return {
      remote,
      schedule,
      ...(atController === undefined ? {} : { controller: atController }),
      ...(atGroup === undefined ? {} : { group: atGroup }),
      ...(atOwn === undefined ? {} : { definition: atOwn }),
      isEnabled: atOwn ?? atGroup ?? atController ?? false,
    }
  })
}

/** `remote/schedule` → whether it is on. */
function ordersIn(props: Props): ReadonlyMap<string, boolean> {
  const orders = new Map<string, boolean>()
  for (const [key, value] of Object.entries(props)) {
    const [namespace, remote, schedule, name] = key.split('/')
    if (`${namespace}/` !== scheduleNamespace || name !== 'Enabled') continue
    orders.set(`${remote}/${schedule}`, value.toLowerCase() === 'true')
  }
  return orders
}
