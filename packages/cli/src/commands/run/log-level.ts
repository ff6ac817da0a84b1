/** How much a process writes into its log: as it was started, or as a property says meanwhile. */
import { controllerProps, logLevelKey, type Props, type State } from '@varve/events'
import type { Logger } from 'pino'

/** To be told of the properties of the process's own object whenever they may have changed. */
export function levelFollower(log: Logger): (props: Props) => void {
  const initial = log.level
  return (props) => {
    const level = props[logLevelKey]?.toLowerCase() ?? initial
    if (level !== log.level) log.level = level
  }
}

export const onController =
  (tell: (props: Props) => void): ((state: State) => void) =>
  (state) =>
    tell(controllerProps(state))
