/** What this process has done, and the machine cannot be asked for. Lost with it, and no harm done. */
import type { DesiredResource } from '@varve/events'
import type { Step } from './core/step.ts'
import type { Memory } from './inventory.ts'

export type Recollection = {
  readonly now: (lostDisks: ReadonlySet<string>) => Omit<Memory, 'receiving'>
  /** All these steps have been done. */
  readonly learn: (resource: string, steps: readonly Step[]) => void
  /** Node-ids of peers that a document names are in use again. */
  readonly expect: (document: DesiredResource) => void
}

export function createRecollection(): Recollection {
  const forgotten = new Set<string>()
  const formatted = new Set<string>()
  return {
    now: (lostDisks) => ({
      lostDisks: new Set(lostDisks),
      forgotten: new Set(forgotten),
      formatted: new Set(formatted),
    }),
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
