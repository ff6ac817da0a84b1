/** What makers of random steps share: the names there are, and commands about them. */
import type { PublicCommandType } from '@varve/events'
import type { Random } from '../random.ts'
import { pick } from './chance.ts'
import type { Step } from './steps.ts'

/** Those that are there from the start come more often; `new` comes of snapshots and clones, if at all. */
export const definitions = ['web', 'web', 'web', 'db', 'db', 'new']
export const spawned = ['web', 'db']

export type Maker = (random: Random) => Step

export const command =
  (type: PublicCommandType, args: (random: Random) => object): Maker =>
  (random) => ({ kind: 'command', type, args: args(random) })

export const definition = (random: Random) => ({ definition: pick(random, definitions) })
