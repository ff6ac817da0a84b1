/** Replicas that DRBD calls UpToDate although a verification has found blocks that differ. */
import { formatKib, type Resource, refer } from '@varve/events'
import { isOnline } from '../age.ts'
import type { Sight } from '../world.ts'
import type { Problem } from './problem.ts'

/** One problem per volume and pair of nodes, whichever of the two knows of it. */
export function differences(sight: Sight, resources: readonly Resource[]): Problem[] {
  const found = new Map<string, Problem>()
  for (const resource of resources) {
    if (!isOnline(sight, resource.node)) continue
    for (const difference of ofResource(sight, resource)) {
      const { pair, number } = difference
      const key = `${pair.join(' ')} ${number}`
      if (!found.has(key)) found.set(key, problemOf(resource.definition, difference))
    }
  }
  return [...found.values()]
}

type Difference = {
  readonly pair: readonly string[]
  readonly number: number
  readonly kib: number
}

/** While a resync runs, blocks differ as a matter of course. */
function ofResource(sight: Sight, { definition, node }: Resource): Difference[] {
  const seen = sight.observed.resource(definition, node)
  if (seen === undefined) return []
  return seen.connections.flatMap(({ peer, volumes }) =>
    volumes.flatMap(({ number, replication, peerDisk, outOfSyncKib: kib = 0 }) => {
      const disk = seen.volumes.find((volume) => volume.number === number)?.disk
      const isQuiet =
        replication === 'Established' && peerDisk === 'UpToDate' && disk === 'UpToDate'
      return isQuiet && kib > 0 ? [{ pair: [node, peer].sort(), number, kib }] : []
    }),
  )
}

function problemOf(definition: string, { pair, number, kib }: Difference): Problem {
  return {
    level: 'error',
    subject: refer('volume-definition', definition, number),
    sentence: `Volume ${number} of ${definition}: ${pair.join(' and ')} differ in ${formatKib(kib)}, though both are UpToDate.`,
    remedy: `Decide which is right (a Primary's is what its user sees); on the other: drbdadm invalidate ${definition}/${number}, which syncs it anew.`,
  }
}
