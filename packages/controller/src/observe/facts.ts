/** From what was observed to the fact commands that it may amount to; `decide` drops the rest. */
import type { Command, ObservedSnapshot } from '@varve/events'
import type { Observation } from './store.ts'

export function factsOf(observation: Observation): Command[] {
  switch (observation.kind) {
    case 'resource': {
      const { resource, node, applied, status, role } = observation.value
      const { volumes, snapshots, rollback, inactive, idleAt } = observation.value
      return [
        {
          type: 'fact.resource-observed',
          args: {
            definition: resource,
            node,
            from: applied.from,
            absent: status === 'absent',
            ...(role === undefined ? {} : { primary: role === 'Primary' }),
            volumes: volumes.map(({ number, disk, backingKib, deviceKib, formatted }) => ({
              number,
              ...(disk === undefined ? {} : { disk }),
              ...(backingKib === undefined ? {} : { backingKib }),
              ...(deviceKib === undefined ? {} : { deviceKib }),
              ...(formatted === undefined ? {} : { formatted }),
            })),
            ...(snapshots === undefined ? {} : { snapshots: snapshots.map(settled) }),
            ...(rollback === undefined ? {} : { rollback }),
            ...(inactive === undefined ? {} : { inactive }),
            ...(idleAt === undefined ? {} : { idleAt }),
            ...(idleAt !== undefined && status === 'failed' ? { isFailed: true as const } : {}),
          },
        },
      ]
    }
    case 'pools': {
      const { node, pools } = observation.value
      return pools
        .filter(({ provider }) => provider !== 'DISKLESS')
        .map(({ pool, granularityKib, problem }) => ({
          type: 'fact.pool-measured' as const,
          args: {
            node,
            pool,
            ...(granularityKib === undefined ? {} : { granularityKib }),
            // LVM deactivates a thin pool with its last volume, and the satellite activates it again:
            // no news. Without sizes nothing is placed in it anyway.
            ...(problem === undefined || problem.kind === 'inactive' ? {} : { problem }),
          },
        }))
    }
    case 'device-pools': {
      const { node, devicePools } = observation.value
      return devicePools.map((seen) => ({
        type: 'fact.device-pool-observed',
        args: { node, ...seen },
      }))
    }
    case 'node':
    case 'devices':
    case 'files':
    case 'drift':
      return []
  }
}

/** How far a copy is moves all the time, and is no fact. */
function settled({ doneKib: _d, sends: _s, ...snapshot }: ObservedSnapshot): ObservedSnapshot {
  return snapshot
}
