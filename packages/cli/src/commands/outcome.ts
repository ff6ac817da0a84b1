/** What came of an operation that is over: one that came to nothing ends as well. */
import type { CommandReply, PublicCommandType } from '@varve/events'
import type { DevicePoolRow, ResourceDefinitionDetail, SnapshotRow } from '@varve/projections'
import type { Target } from '../client/wait.ts'
import { exitCodes, type Session } from '../session.ts'

type Args = Readonly<Record<string, unknown>>
type Accepted = Extract<CommandReply, { ok: true }>

/** `next`: what is to be waited for then; `isMore`: and it is to be asked again what came of that. */
export type OperationOutcome = {
  readonly code: number
  readonly next?: Target | undefined
  readonly isMore?: true
}

const done: OperationOutcome = { code: exitCodes.done }
const failed: OperationOutcome = { code: exitCodes.failed }

export async function outcomeOf(
  session: Session,
  type: PublicCommandType,
  args: Args,
  reply: Accepted,
): Promise<OperationOutcome> {
  if (type === 'snapshot.create') return (await isReady(session, args)) ? done : failed
  if (type === 'snapshot.create-multiple') return areReady(session, args)
  if (type === 'snapshot.rollback') return afterRollback(session, args)
  if (type === 'resource-definition.clone') return afterClone(session, args, reply)
  const isDevicePool = type.startsWith('physical-storage.')
  return isDevicePool ? afterDevicePool(session, args, reply) : done
}

/** They fail together, and the first of them says why. */
async function areReady(session: Session, { snapshots }: Args): Promise<OperationOutcome> {
  // The schema has judged them before they were sent.
  for (const one of snapshots as readonly Args[]) if (!(await isReady(session, one))) return failed
  return done
}

/** A clone goes on as a definition of its own once its snapshot is there. */
async function afterClone(
  session: Session,
  { definition, to }: Args,
  reply: Accepted,
): Promise<OperationOutcome> {
  const client = await session.client()
  const made = await client.query('resource-definition', { definition: to })
  if (made.ok) return { ...done, next: { definition: String(to) } }
  await isReady(session, { definition, snapshot: reply.result?.snapshot })
  return failed
}

/** With a safety snapshot it begins after that; one that was given up ends its operation as well. */
async function afterRollback(session: Session, args: Args): Promise<OperationOutcome> {
  const { definition, safetySnapshot: snapshot } = args
  if (snapshot !== undefined && !(await isReady(session, { definition, snapshot }))) return failed
  const client = await session.client()
  const reply = await client.query('resource-definition', { definition })
  // The controller answers this query with exactly this.
  const row = reply.ok ? (reply.data as ResourceDefinitionDetail) : undefined
  const operation = row?.rollback?.operation
  if (operation !== undefined) return { ...done, next: { operation }, isMore: true }
  if (row?.rollbackProblem === undefined) return done
  const { problem } = row.rollbackProblem
  session.printError(session.style('red', `The rollback was given up: ${problem}`))
  session.printError('Nothing was changed, and the resource comes up as it was.')
  return failed
}

async function isReady(session: Session, args: Args): Promise<boolean> {
  const client = await session.client()
  const { definition, snapshot } = args
  const reply = await client.query('snapshot', { definition, snapshot })
  // The controller answers this query with exactly this.
  const { problem } = reply.ok ? (reply.data as SnapshotRow) : { problem: reply.refusal.message }
  if (problem === undefined) return true
  session.printError(session.style('red', `Snapshot ${String(snapshot)} failed: ${problem}`))
  session.printError('Input and output go on. Delete it before its name is used again.')
  return false
}

/** One that is gone was deleted, as was asked for. */
async function afterDevicePool(
  session: Session,
  { node, pool }: Args,
  reply: Accepted,
): Promise<OperationOutcome> {
  const client = await session.client()
  const backing = String(reply.result?.backing)
  const found = await client.query('device-pool', { node, backing })
  if (!found.ok) return done
  // The controller answers this query with exactly this.
  const { problem, phase } = found.data as DevicePoolRow
  if (problem === undefined) {
    return pool === undefined ? done : { ...done, next: { node: String(node), pool: String(pool) } }
  }
  session.printError(session.style('red', `${backing} on ${String(node)}: ${problem}`))
  if (phase === 'failed') {
    const remedy = `varve physical-storage delete-device-pool ${String(node)} ${backing}`
    session.printError(`What there is of it carries its mark, and goes with: ${remedy}`)
  }
  return failed
}
