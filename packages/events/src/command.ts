/**
 * Every command there is: `<noun>.<verb>` → the schema of its arguments. The wire, the CLI, the
 * documentation and the decisions all read this one table.
 */
import type { z } from 'zod'
import { authTokenCommands } from './command/auth-token.ts'
import { clusterCommands } from './command/cluster.ts'
import { connectionCommands } from './command/connection.ts'
import { debtCommands } from './command/debt.ts'
import { definitionCommands } from './command/definition.ts'
import { externalFileCommands } from './command/external-file.ts'
import { groupCommands } from './command/group.ts'
import { keyValueStoreCommands } from './command/key-value-store.ts'
import { memberCommands } from './command/member.ts'
import { nodeCommands } from './command/node.ts'
import { policyCommands } from './command/policy.ts'
import { physicalCommands, poolCommands } from './command/pool.ts'
import { remoteCommands } from './command/remote.ts'
import { resourceCommands } from './command/resource.ts'
import { scheduleCommands } from './command/schedule.ts'
import { snapshotCommands } from './command/snapshot.ts'
import { webhookCommands } from './command/webhook.ts'
import { internalCommands } from './command-internal.ts'

/** Commands that users and policies may send; each is a subject `…cmd.<actor>.<noun>.<verb>`. */
export const commands = {
  ...nodeCommands,
  ...poolCommands,
  ...physicalCommands,
  ...groupCommands,
  ...definitionCommands,
  ...resourceCommands,
  ...debtCommands,
  ...clusterCommands,
  ...connectionCommands,
  ...snapshotCommands,
  ...keyValueStoreCommands,
  ...externalFileCommands,
  ...remoteCommands,
  ...scheduleCommands,
  ...authTokenCommands,
  ...policyCommands,
  ...memberCommands,
  ...webhookCommands,
} as const

export const allCommands = { ...commands, ...internalCommands } as const
export type CommandType = keyof typeof allCommands
export type PublicCommandType = keyof typeof commands
export type Args<T extends CommandType> = z.infer<(typeof allCommands)[T]>
export type CommandOf<T extends CommandType> = { readonly type: T; readonly args: Args<T> }
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType]

export function isPublicCommand(type: string): type is PublicCommandType {
  return Object.hasOwn(commands, type)
}
