/** Device pools: what Varve makes of disks, from the wish to the last trace. */
import type { EventOf } from '../event.ts'
import { keyOf } from '../names.ts'
import type { DevicePool, Origin } from './records.ts'
import type { State } from './state.ts'
import { update } from './update.ts'

type Named = { readonly node: string; readonly backing: string }

const keyIn = ({ node, backing }: Named): string => keyOf(node, backing)

export function devicePoolCreationStarted(
  state: State,
  event: EventOf<'device-pool.creation-started'>,
  origin: Origin,
): void {
  const { node, backing, provider, devices, operation, storagePool } = event
  state.devicePools.set(keyIn(event), {
    node,
    backing,
    provider,
    devices,
    phase: 'creating',
    operation,
    ...(storagePool === undefined ? {} : { storagePool }),
    ...(event.arguments === undefined ? {} : { arguments: event.arguments }),
    origin,
  })
}

export function devicePoolCreated(state: State, event: EventOf<'device-pool.created'>): void {
  update(state.devicePools, keyIn(event), (row) => rested(row, 'ready'))
}

export function devicePoolFailed(state: State, event: EventOf<'device-pool.failed'>): void {
  const { problem } = event
  update(state.devicePools, keyIn(event), (row) => ({ ...rested(row, 'failed'), problem }))
}

export function devicePoolDeletionStarted(
  state: State,
  event: EventOf<'device-pool.deletion-started'>,
): void {
  const { operation } = event
  update(
    state.devicePools,
    keyIn(event),
    (row): DevicePool => ({ ...rested(row, 'deleting'), operation }),
  )
}

export function devicePoolDeletionFailed(
  state: State,
  event: EventOf<'device-pool.deletion-failed'>,
): void {
  const { problem } = event
  update(state.devicePools, keyIn(event), (row) => ({ ...rested(row, 'ready'), problem }))
}

export function devicePoolDeleted(state: State, event: EventOf<'device-pool.deleted'>): void {
  state.devicePools.delete(keyIn(event))
}

/** Nothing is being done to it, and nothing is wrong with it. */
function rested(row: DevicePool, phase: DevicePool['phase']): DevicePool {
  const { operation: _, problem: __, ...rest } = row
  return { ...rest, phase }
}
