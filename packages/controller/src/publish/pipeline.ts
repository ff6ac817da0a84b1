/**
 * What blocks change → documents → the server. Documents are made when a block is sealed, and
 * leave when it is stored; what is too much for one block waits in the backlog.
 */
import { setImmediate } from 'node:timers/promises'
import type { State, Subjects } from '@varve/events'
import type { Touched } from '../core/desired/touched.ts'
import type { Vault } from '../secrets/vault.ts'
import { Backlog } from './backlog.ts'
import type { DesiredPublisher, Prepared } from './desired.ts'
import { allSubjects, prepare } from './prepare.ts'

/** `isComplete`: nothing that the block is followed by waits in the backlog. */
export type Sealed = { readonly prepared: readonly Prepared[]; readonly isComplete: boolean }

export function createPipeline(publisher: DesiredPublisher, subjects: Subjects, vault: Vault) {
  const backlog = new Backlog()
  let upTo = 0
  return {
    /** All that follows from the log up to this sequence has been handed to the server. */
    upTo: () => upTo,
    hasBacklog: () => !backlog.isEmpty,
    seal(state: State, touched?: Touched): Sealed {
      const prepared = prepare(state, backlog.take(touched), subjects, vault)
      return { prepared, isComplete: backlog.isEmpty }
    },
    /** The senders of commands are answered first; one after the other, so that none overtakes. */
    publishLater({ prepared, isComplete }: Sealed, sequence: number): void {
      void setImmediate().then(() => {
        publisher.publish(prepared, sequence)
        if (isComplete) upTo = sequence
      })
    },
    /** All documents are to be looked at again. */
    addAll(state: State): void {
      publisher.clearOthers(allSubjects(state, subjects))
      backlog.addAll(state)
    },
  }
}
export type Pipeline = ReturnType<typeof createPipeline>
