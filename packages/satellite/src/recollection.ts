/** What this process has done, and the machine cannot be asked for. Lost with it, and no harm done. */
import type { DesiredResource } from '@varve/events'
import type { Step } from './core/step.ts'
import type { Memory } from './inventory.ts'

export type Recollection = {
  readonly now: (lostDisks: ReadonlySet<string>, nowMs: number) => Omit<Memory, 'receiving'>
  /** The cache of this data was not the one that belongs to it. */
  readonly shut: (name: string, nowMs: number) => void
  /** All these steps have been done. */
  readonly learn: (resource: string, steps: readonly Step[]) => void
  /** Node-ids of peers that a document names are in use again. */
  readonly expect: (document: DesiredResource) => void
}

/** Then a cache that was lost is looked for again: somebody may have brought it back. */
const shutMs = 60_000

export function createRecollection(): Recollection {
  const forgotten = new Set<string>()
  const formatted = new Set<string>()
  const bereft = new Map<string, number>()
  return {
    now: (lostDisks, nowMs) => {
      for (const [name, since] of bereft) if (nowMs - since >= shutMs) bereft.delete(name)
      return {
        lostDisks: new Set(lostDisks),
        forgotten: new Set(forgotten),
        formatted: new Set(formatted),
        bereft: new Set(bereft.keys()),
      }
    },
    shut: (name, nowMs) => {
      bereft.set(name, nowMs)
    },
    learn: (resource, steps) => {
      for (const step of steps) {
        if (step.kind === 'make') formatted.add(step.key)
        if (step.name === 'forget-peer') forgotten.add(`${resource}/${stepId(step)}`)
      }
    },
    expect: (document) => {
      const peers = document.state === 'present' ? (document.drbd?.peers ?? []) : []
      for (const { nodeId } of peers) forgotten.delete(`${document.resource}/${nodeId}`)
    },
  }
}

const stepId = (step: Step) => (step.kind === 'run' ? step.argv.at(-1) : undefined)
