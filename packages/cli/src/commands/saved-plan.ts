/** The file of a plan: written by `--save`, read by `varve apply`. */
import { readFile, writeFile } from 'node:fs/promises'
import { AsPlanned, type CommandReply, type PublicCommandType, secretFieldsOf } from '@varve/events'
import { z } from 'zod'
import { exitCodes, type Session, UserError } from '../session.ts'

const SavedPlan = z.strictObject({
  format: z.literal('varve-plan'),
  v: z.literal(1),
  cluster: z.string(),
  by: z.string(),
  /** ms since epoch. */
  madeAt: z.int(),
  reason: z.string().optional(),
  command: z.strictObject({ type: z.string(), args: z.record(z.string(), z.unknown()) }),
  asPlanned: AsPlanned,
  /** What was said of it then. */
  told: z.array(z.string()),
})
type SavedPlan = z.infer<typeof SavedPlan>
type Args = Readonly<Record<string, unknown>>
type Planned = {
  readonly type: PublicCommandType
  readonly args: Args
  readonly reply: Extract<CommandReply, { ok: true }>
  /** What was said of it. */
  readonly told: readonly string[]
}

/** Before anything is asked: what the file could not hold. */
export function refuseToSave(type: PublicCommandType, sets: readonly Args[]): void {
  if (sets.length > 1) {
    throw new UserError('A saved plan is of one command: save one for each object.')
  }
  const fields = secretFieldsOf(type).filter((field) => sets[0]?.[field] !== undefined)
  if (fields.length > 0) {
    throw new UserError(
      `A plan with a secret (${fields.join(', ')}) is not saved: it would be readable.`,
    )
  }
}

/** What is made of the present when it is carried out needs no file, and has none. */
export function refuseToSaveMany({ options }: Session): void {
  if (options.save === undefined) return
  throw new UserError('Plans of one command are saved; this one is made anew when it is run.')
}

/** Never over a file that is there. */
export async function savePlan(
  session: Session,
  path: string,
  { type, args, reply, told }: Planned,
): Promise<void> {
  if (!reply.plan || reply.unchanged) {
    throw new UserError('Nothing was saved: the command would change nothing.')
  }
  const { cluster, actor, reason } = session.options
  const saved: SavedPlan = {
    format: 'varve-plan',
    v: 1,
    cluster,
    by: actor,
    madeAt: Date.now(),
    ...(reason === undefined ? {} : { reason }),
    command: { type, args },
    asPlanned: reply.plan.asPlanned,
    told: [...told],
  }
  const text = `${JSON.stringify(saved, null, 2)}\n`
  await writeFile(path, text, { flag: 'wx', mode: 0o600 }).catch((cause: Error) => {
    throw new UserError(`The plan was not saved: ${cause.message}.`, exitCodes.usage, cause)
  })
  if (session.options.output === 'table') session.print(`Saved: varve apply ${path}`)
}

export async function readPlan(path: string): Promise<SavedPlan> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new UserError(`The plan cannot be read: ${cause.message}.`, exitCodes.usage, cause)
  })
  const parsed = SavedPlan.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw new UserError(`${path} is no plan that was saved with --save.`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
