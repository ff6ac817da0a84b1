/** Where the content of one volume goes on the receiving node. */
import { PassThrough } from 'node:stream'
import type { DesiredSnapshot } from '@varve/events'
import type { Inventory } from '../core/inventory.ts'
import type { Step } from '../core/step.ts'
import type { Host } from '../host/host.ts'
import { isEmptyHolder, removeHolder } from '../snapshots/copies.ts'
import { hasBase, type Part, partProblem, parts } from '../snapshots/parts.ts'
import { problemOf } from '../storage/look.ts'
import type { SnapshotObject } from '../storage/provider.ts'
import { writeFrame } from './blocks.ts'
import { drained } from './drained.ts'
import type { Frame, TransferHeader } from './frame.ts'
import { Hopeless } from './hopeless.ts'

export type Sink = AsyncDisposable & {
  readonly take: (frame: Extract<Frame, { kind: 'data' | 'zero' }>) => Promise<void>
  /** All of it is there, on the disk; it does not count yet. */
  readonly end: () => Promise<void>
}

export type Incoming = {
  readonly host: Host
  readonly signal: AbortSignal
  /** Runs steps; throws what the one that did not succeed says. */
  readonly act: (steps: readonly Step[]) => Promise<void>
  /** The machine as it is now. */
  readonly look: () => Promise<Inventory>
}

type Volume = TransferHeader['volumes'][number]

/** Anew each time: what an attempt before this one has left is removed first. */
export async function openSink(
  wanted: DesiredSnapshot,
  base: { readonly snapshot: string; readonly owner: string } | undefined,
  volume: Volume,
  incoming: Incoming,
): Promise<Sink> {
  const find = partOf(wanted, volume.number)
  const part = await cleared(wanted, find, incoming)
  const { ability, of } = part
  if (typeof ability === 'string') throw new Hopeless(ability)
  const { transfer } = ability
  if (transfer.kind !== volume.kind) {
    throw new Hopeless(`what comes is of the form ${volume.kind}, and ${part.key} is not`)
  }
  const inventory = await incoming.look()
  if (base && !hasBase(part, base, inventory)) {
    throw new Hopeless(`the base ${base.snapshot} of ${part.key} is not there`)
  }
  if (transfer.kind === 'zfs') {
    const holder = part.source ? undefined : part.sourceOwner
    return zfsSink(transfer.receive(of, holder), incoming)
  }
  const baseObject: SnapshotObject | undefined = base && { ...of, ...base }
  const obstacle = transfer.obstacle?.(of, inventory)
  if (obstacle !== undefined) throw new Hopeless(obstacle)
  await incoming.act(transfer.prepare(of, volume.sizeKib, baseObject))
  const made = find(await incoming.look())?.object
  if (made?.owner !== of.owner || !made.isNew) throw new Hopeless(`${part.key} could not be made`)
  if (made.sizeKib !== volume.sizeKib) {
    throw new Hopeless(
      `${part.key} would have ${made.sizeKib} KiB and the snapshot has ${volume.sizeKib}: this pool gives other sizes, and what stands at the end of it would not be found`,
    )
  }
  return blockSink(transfer.path(of), volume.sizeKib * 1024, incoming.host)
}

async function cleared(
  wanted: DesiredSnapshot,
  find: (inventory: Inventory) => Part | undefined,
  { look, act }: Incoming,
): Promise<Part> {
  for (let rounds = 0; rounds < 3; rounds += 1) {
    const inventory = await look()
    const part = find(inventory)
    if (!part) break
    const { ability, object, of, source } = part
    if (typeof ability === 'string') return part
    const problem = partProblem(part, wanted)
    if (problem !== undefined) throw new Hopeless(problem)
    if (object) await act(ability.remove(of, object))
    else if (source && isEmptyHolder(part, inventory)) await act(removeHolder(part))
    else return part
  }
  throw new Hopeless('what an attempt before this one has left cannot be removed')
}

export function partOf(
  wanted: DesiredSnapshot,
  number: number,
): (inventory: Inventory) => Part | undefined {
  return (inventory) => parts(wanted, inventory).find((part) => part.number === number)
}

async function blockSink(path: string, sizeBytes: number, host: Host): Promise<Sink> {
  const blocks = await host.openBlocks(path, 'write')
  return {
    take: (frame) => writeFrame(blocks, sizeBytes, frame),
    end: () => blocks.sync(),
    [Symbol.asyncDispose]: () => blocks[Symbol.asyncDispose](),
  }
}

function zfsSink(argv: readonly string[], { host, signal }: Incoming): Sink {
  const input = new PassThrough()
  // What the tool says when it ends is told; that it took no more is not.
  input.on('error', () => undefined)
  const stop = new AbortController()
  const { ended } = host.pipe(argv, { input, signal: AbortSignal.any([signal, stop.signal]) })
  const failed = ended.then((result) => {
    if (result.exitCode !== 0) throw new Hopeless(`zfs receive: ${problemOf(result)}`)
  })
  failed.catch(() => input.destroy())
  return {
    take: async (frame) => {
      if (frame.kind !== 'data') throw new Hopeless('a stream of zfs has no such frame')
      if (input.destroyed) await failed
      if (!input.write(frame.bytes)) await drained(input)
      if (input.destroyed) await failed
    },
    end: async () => {
      input.end()
      await failed
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  }
}
