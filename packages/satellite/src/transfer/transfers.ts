/**
 * Copies of snapshots that this node sends and receives: each runs beside the reconciler, from the
 * document that asks for it until one does not any more. What they know is lost with this process;
 * then they begin anew.
 */
import type { DesiredResource, PresentResource } from '@varve/events'
import { runSteps } from '../apply.ts'
import type { Step } from '../core/step.ts'
import type { Host } from '../host/host.ts'
import { type Memory, takeInventory, wantedPlaces } from '../inventory.ts'
import type { Clock, Log } from '../ports.ts'
import type { NodeKey } from '../secrets/node-key.ts'
import { snapshotKeys } from '../snapshots/parts.ts'
import { type Asked, askedOf } from './asked.ts'
import { Hopeless, sentenceOf } from './hopeless.ts'
import { receiveCopy } from './receive.ts'
import { sendCopy } from './send.ts'
import type { Incoming } from './sink.ts'
import { createViews, type TransferViews, type Views } from './views.ts'

export type Transfers = {
  /** Starts what the document asks for, and ends what it does not any more. */
  readonly follow: (document: DesiredResource) => void
  readonly views: (resource: string) => TransferViews
  /** Keys of objects that something is coming into. */
  readonly receiving: () => ReadonlySet<string>
  /** Resolves when all have ended, after the signal. */
  readonly ended: () => Promise<void>
}

export type TransferOptions = {
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly key: NodeKey
  /** What must be on disk before anything is changed. */
  readonly beforeStart: () => Promise<void>
  /** Something of this resource is to be told. */
  readonly onChange: (resource: string) => void
  /** One has ended: the machine is another. */
  readonly onEnd: () => void
}

/** One that is over stays known, so that it is not begun again, until no document asks for it. */
type Job = {
  readonly asked: Asked
  readonly resource: string
  readonly stop: AbortController
  isOver: boolean
  ended: Promise<void>
}

export function createTransfers(options: TransferOptions): Transfers {
  const { clock, log, signal, onChange, onEnd, beforeStart } = options
  const jobs = new Map<string, Job>()
  const documents = new Map<string, DesiredResource>()
  const readers = new Map<string, number>()
  const views = createViews(clock, onChange)

  /** Not before those have let go that no document asks for any more: they had the same objects. */
  async function run(job: Job, document: PresentResource, before: readonly Job[]): Promise<void> {
    const { asked, resource, stop } = job
    await Promise.all(before.map(({ ended }) => ended))
    try {
      await beforeStart()
      const parts = incomingOf(options, document, AbortSignal.any([stop.signal, signal]))
      await work(job, { ...options, ...parts, readers }, views)
    } catch (error) {
      if (stop.signal.aborted || signal.aborted) return
      const problem = sentenceOf(error)
      log.warn({ operation: asked.operation, problem }, 'a copy of a snapshot has failed')
      views.tell(resource, asked.operation, { problem, hasFailed: true })
    } finally {
      job.isOver = true
      if (stop.signal.aborted) drop(job)
      onEnd()
    }
  }

  function drop(job: Job): void {
    jobs.delete(job.asked.id)
    const document = documents.get(job.resource)
    // Asked for again while it was ending.
    if (document && !signal.aborted) follow(document)
  }

  function follow(document: DesiredResource): void {
    const { resource } = document
    documents.set(resource, document)
    const asked = document.state === 'present' ? askedOf(document) : []
    for (const [id, job] of jobs) {
      if (job.resource !== resource || asked.some((each) => each.id === id)) continue
      job.stop.abort()
      views.forget(resource, job.asked.operation)
      if (job.isOver) jobs.delete(id)
    }
    if (document.state !== 'present' || signal.aborted) return
    for (const each of asked) {
      if (jobs.has(each.id)) continue
      const before = [...jobs.values()].filter(
        (job) => job.resource === resource && job.stop.signal.aborted,
      )
      const stop = new AbortController()
      const job: Job = { asked: each, resource, stop, isOver: false, ended: Promise.resolve() }
      jobs.set(each.id, job)
      job.ended = run(job, document, before)
    }
  }

  return {
    follow,
    views: views.of,
    receiving: () => receivingOf(jobs.values()),
    ended: async () => {
      await Promise.all([...jobs.values()].map((job) => job.ended))
    },
  }
}

function receivingOf(jobs: Iterable<Job>): Set<string> {
  return new Set(
    [...jobs].flatMap(({ asked, isOver }) =>
      asked.kind === 'receive' && !isOver ? snapshotKeys({ snapshots: [asked.wanted] }) : [],
    ),
  )
}

type Parts = TransferOptions & Incoming & { readonly readers: Map<string, number> }

function work({ asked, resource }: Job, parts: Parts, views: Views): Promise<void> {
  const { operation, wanted } = asked
  if (asked.kind === 'receive') {
    return receiveCopy(wanted, asked.receive, {
      ...parts,
      onListening: (port) => views.tell(resource, operation, { port }),
      onProgress: (doneKib) => views.tellProgress(resource, operation, { doneKib }),
    })
  }
  return sendCopy(wanted, asked.send, {
    ...parts,
    onProgress: (progress) => views.tellProgress(resource, operation, progress),
    onProblem: (problem) => views.tell(resource, operation, { problem }),
  })
}

const nothing: ReadonlySet<string> = new Set()
const noMemory: Memory = {
  lostDisks: nothing,
  forgotten: nothing,
  formatted: nothing,
  bereft: nothing,
  receiving: nothing,
}

function incomingOf(
  options: TransferOptions,
  document: PresentResource,
  signal: AbortSignal,
): Incoming {
  const { host } = options
  return {
    host,
    signal,
    act: (steps) => act(document.resource, steps, options),
    look: () => takeInventory(host, wantedPlaces([document], undefined), noMemory),
  }
}

async function act(
  resource: string,
  steps: readonly Step[],
  options: TransferOptions,
): Promise<void> {
  const outcome = await runSteps(resource, steps, options)
  if (outcome.kind === 'done') return
  if (outcome.kind === 'stopped') throw new Error('the satellite is stopping')
  const { step, stderr } = outcome.failure
  // What timed out may have worked after all: another attempt sees.
  throw outcome.kind === 'failed'
    ? new Hopeless(`${step}: ${stderr}`)
    : new Error(`${step}: ${stderr}`)
}
