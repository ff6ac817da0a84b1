/**
 * A user with one resource of their own, who wants it, wants it larger, wants it gone, and all of
 * that again. What was answered is written down, for the log must agree with it.
 */
import type { CommandReply, PublicCommandType } from '@varve/events'
import { ulid } from 'ulid'
import { until } from '../harness.ts'
import type { ChaosCluster } from './cluster.ts'

const gib = 1024 * 1024

export type Answered = {
  readonly id: string
  readonly type: PublicCommandType
  readonly reply: CommandReply
}

export type Desk = {
  readonly cluster: ChaosCluster
  readonly answers: Answered[]
  /** Called when a command is on its way. */
  readonly onSent: () => void
}

async function send(desk: Desk, type: PublicCommandType, args: object): Promise<CommandReply> {
  const id = ulid()
  desk.onSent()
  const reply = await desk.cluster.command(type, id, args)
  desk.answers.push({ id, type, reply })
  return reply
}

/** Another attempt is another command: refused now, it may be possible later. */
export async function insist(desk: Desk, type: PublicCommandType, args: object): Promise<void> {
  let last: CommandReply | undefined
  await until(
    `${type} ${JSON.stringify(args)} is accepted`,
    async () => {
      last = await send(desk, type, args)
      if (last.ok) return true
      await new Promise((resolve) => setTimeout(resolve, 200))
      return undefined
    },
    90_000,
  ).catch((cause: unknown) => {
    throw new Error(`refused to the end: ${JSON.stringify(last)}`, { cause })
  })
}

/** Goes on until `isOver`, and leaves the definition with `endGib`, or gone when that is 0. */
export async function use(
  desk: Desk,
  definition: string,
  options: { readonly endGib: number; readonly isOver: () => boolean },
): Promise<void> {
  const spawn = () =>
    insist(desk, 'resource-group.spawn', { group: 'pair', definition, sizesKib: [gib] })
  const grow = (to: number) =>
    insist(desk, 'volume-definition.resize', { definition, number: 0, sizeKib: to * gib })
  const remove = () => insist(desk, 'resource-definition.delete', { definition })
  do {
    await spawn()
    await grow(2)
    await grow(3)
    await remove()
  } while (!options.isOver())
  if (options.endGib === 0) return
  await spawn()
  await grow(options.endGib)
}
