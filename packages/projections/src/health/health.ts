/**
 * One verdict on the cluster and the sentences behind it. `error`: data cannot be reached or is
 * about to be lost, or nothing goes on without a person; `warning`: less safe than was asked for.
 */
import type { LogKeeping, Sight } from '../world.ts'
import { diskProblems } from './disks.ts'
import { encryptionProblems } from './encryption.ts'
import { nodeProblems } from './nodes.ts'
import { operationProblems } from './operations.ts'
import { policyProblems } from './policies.ts'
import { poolProblems } from './pools.ts'
import type { Problem } from './problem.ts'
import { definitionProblems } from './resources.ts'

export type Health = {
  readonly verdict: 'ok' | 'warning' | 'error'
  readonly problems: readonly Problem[]
  /** Problems beyond the limit of the list. */
  readonly more: number
}

/** More than these help nobody; the count of the others is given. */
const problemLimit = 200

export function healthOf(sight: Sight, log?: LogKeeping): Health {
  const problems = [
    ...nodeProblems(sight),
    ...definitionProblems(sight),
    ...operationProblems(sight),
    ...policyProblems(sight),
    ...poolProblems(sight),
    ...diskProblems(sight),
    ...encryptionProblems(sight),
    ...logProblems(log),
  ]
  const errors = problems.filter((problem) => problem.level === 'error')
  const warnings = problems.filter((problem) => problem.level === 'warning')
  const verdict = errors.length > 0 ? 'error' : warnings.length > 0 ? 'warning' : 'ok'
  return {
    verdict,
    problems: [...errors, ...warnings].slice(0, problemLimit),
    more: Math.max(0, problems.length - problemLimit),
  }
}

function logProblems(log: LogKeeping | undefined): Problem[] {
  const problems: Problem[] = []
  if (log && log.replicas < 2) {
    problems.push({
      level: 'warning',
      subject: 'controller',
      sentence: 'The log is kept on a single server.',
      remedy: 'Run three NATS servers, so that the log survives the loss of one.',
    })
  }
  if (log?.isSynced === false) {
    problems.push({
      level: 'warning',
      subject: 'controller',
      sentence: 'The NATS server acknowledges entries before they are on disk.',
      remedy: 'Set sync_interval: always in its configuration.',
    })
  }
  return problems
}
