/** What may happen at a step of an operation, and how it ends again. */
import type { SimCluster } from '../cluster.ts'

/** A step: the node that works, and the tool with its first words. */
export type Moment = { readonly node: string; readonly tool: readonly string[] }

export type Happening = {
  readonly what: string
  /** Comes when the step is about to run. */
  readonly strike?: (each: SimCluster, node: string) => void
  /** The tool itself is what is wrong, from the beginning on. */
  readonly effect?: 'fail' | 'hang'
  /** Ends it. */
  readonly lift: (each: SimCluster, node: string) => void
  /** Nobody is there to be asked meanwhile. */
  readonly isSilent?: true
}

const clearFaults = ({ world }: SimCluster, node: string) => world.host(node).machine.faults.clear()

export const happenings: readonly Happening[] = [
  {
    what: 'the controller is killed',
    strike: ({ controller }) => controller.stop(),
    lift: ({ controller }) => controller.start(),
    isSilent: true,
  },
  {
    what: 'the satellite is killed',
    strike: (each, node) => each.killSatellite(node),
    lift: (each, node) => each.startSatellite(node),
  },
  {
    what: 'the node loses its power',
    strike: (each, node) => {
      each.world.host(node).crash()
      each.killSatellite(node)
    },
    lift: (each, node) => {
      each.world.host(node).boot()
      each.startSatellite(node)
    },
  },
  {
    what: 'the network is cut',
    strike: (each, node) => {
      each.world.network.cut(node)
      each.bus.cut(node)
    },
    lift: (each, node) => {
      each.world.network.heal()
      each.bus.heal(node)
    },
  },
  { what: 'the tool fails', effect: 'fail', lift: clearFaults },
  { what: 'the tool hangs', effect: 'hang', lift: clearFaults },
]
