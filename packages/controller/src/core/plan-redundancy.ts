/** What a plan knows of data: how many good copies there are at each moment, and what has to travel. */
import {
  type CommandPlan,
  definitionOf,
  isLive,
  type PlannedRedundancy,
  resourcesOf,
  type State,
  snapshotOf,
  type VarveEvent,
} from '@varve/events'
import { isGoodCopy } from './decide/safety.ts'
import type { ResourceDocument } from './desired/compile.ts'

/** Replicas of one definition at one moment. */
export type Copies = {
  /** Known to be good, and here to stay for now. */
  readonly good: number
  readonly diskful: number
  /** Those with a disk that nothing has asked to go. */
  readonly staying: number
}

export function copiesOf(state: State, definition: string): Copies {
  const isThere = definitionOf(state, definition)?.phase.status === 'live'
  const diskful = resourcesOf(state, definition).filter(
    (row) => isThere && row.kind === 'diskful' && isLive(row),
  )
  return {
    good: diskful.filter((row) => isGoodCopy(state, row)).length,
    diskful: diskful.length,
    staying: diskful.filter((row) => row.leaving === undefined).length,
  }
}

/** Undefined where a plan changes nothing about it. */
export function redundancyOf(
  definition: string,
  before: Copies,
  after: Copies,
): PlannedRedundancy | undefined {
  const { good, diskful, staying } = after
  const same = before.good === good && before.diskful === diskful && before.staying === staying
  if (same) return undefined
  return {
    definition,
    now: { good: before.good, diskful: before.diskful },
    begun: { good, diskful },
    done: { good: staying, diskful: staying },
  }
}

/** Definition → node → document. */
export type Documents = ReadonlyMap<string, ReadonlyMap<string, ResourceDocument>>

/** New replicas that get their content from peers. */
export function filledBy(before: Documents, after: Documents): CommandPlan['transfers'] {
  return [...after].flatMap(([name, documents]) =>
    [...documents.values()].flatMap((document) => {
      const atMostKib = filledKib(before.get(name)?.get(document.node), document)
      if (atMostKib === 0) return []
      return [{ definition: document.resource, node: document.node, atMostKib }]
    }),
  )
}

/** Snapshots that go to other nodes. */
export function copiedBy(state: State, events: readonly VarveEvent[]): CommandPlan['transfers'] {
  return events.flatMap((event) => {
    if (event.type !== 'snapshot.copy-started') return []
    const { definition, snapshot, node } = event
    const volumes = snapshotOf(state, definition, snapshot)?.volumes ?? []
    return [{ definition, node, atMostKib: sum(volumes.map(({ sizeKib }) => sizeKib)) }]
  })
}

function filledKib(before: ResourceDocument | undefined, after: ResourceDocument): number {
  if (after.state !== 'present') return 0
  const had = (number: number) =>
    before?.state === 'present' &&
    before.volumes.some((volume) => volume.number === number && volume.storage !== undefined)
  const sizes = after.volumes.map(({ number, storage, drbd }) =>
    drbd?.start.kind === 'full-sync' && !had(number) ? (storage?.sizeKib ?? 0) : 0,
  )
  return sum(sizes)
}

const sum = (sizes: readonly number[]) => sizes.reduce((all, one) => all + one, 0)
