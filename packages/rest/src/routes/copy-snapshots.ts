/** New replicas that get snapshots as well, as LINSTOR's clients may ask for when they place some. */
import { type Snapshot, snapshotOf, snapshotsOf } from '@varve/events'
import { z } from 'zod'
import { flag, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { operationIsOver } from '../wait/operation.ts'

export const snapshotFields = {
  snap_names: z.array(text).optional(),
  copy_all_snaps: flag.optional(),
}
export type SnapshotFields = {
  readonly snap_names?: readonly string[] | undefined
  readonly copy_all_snaps?: boolean | undefined
}

/** Undefined: one is named that is not there, which is said; asked before anything is placed. */
export function snapshotsMeant(
  call: Call,
  definition: string,
  { snap_names = [], copy_all_snaps }: SnapshotFields,
): readonly string[] | undefined {
  const { state } = call.world
  const unknown = snap_names.find((name) => !snapshotOf(state, definition, name))
  if (unknown !== undefined) {
    const message = `'${definition}' has no snapshot '${unknown}' to copy.`
    call.fail('FAIL_NOT_FOUND_SNAPSHOT', message, { RscDfn: definition, Snapshot: unknown })
    return undefined
  }
  const isWhole = ({ phase }: Snapshot) => phase === 'ready'
  return copy_all_snaps
    ? snapshotsOf(state, definition)
        .filter(isWhole)
        .map(({ name }) => name)
    : snap_names
}

/** One that cannot be copied is a warning: the replica is there, and the others go on. */
export async function copySnapshots(
  call: Call,
  definition: string,
  snapshots: readonly string[],
  nodes: readonly string[],
): Promise<void> {
  for (const snapshot of snapshots) {
    for (const to of nodes) {
      const refs = { RscDfn: definition, Snapshot: snapshot, Node: to }
      const what = `The copy of snapshot '${snapshot}' of '${definition}' to node '${to}'`
      const reply = await call.attempt('snapshot.copy', { definition, snapshot, to })
      if (!reply.ok) {
        const details = reply.invalid?.message ?? reply.refusal.message
        call.say({ code: 'WARN_NO_EFFECT', message: `${what} is not made.`, details, refs })
      } else if (await operationIsOver(call, reply, { definition, what, refs })) {
        const row = snapshotOf(call.world.state, definition, snapshot)
        const isThere = row?.nodes.some(({ node }) => node === to)
        const message = isThere ? `${what} is complete.` : `${what} was given up.`
        call.say({ code: isThere ? 'CREATED' : 'WARN_NO_EFFECT', message, refs })
      }
    }
  }
}
