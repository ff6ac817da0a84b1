/**
 * What applications were promised: every write that was acknowledged. It knows nothing of how the
 * cluster works, and looks at the machines' own disks, also at those without power.
 */
import type { World } from '../world.ts'
import { contentOn } from './disks.ts'

export type Ledger = {
  /** A write came back without an error. */
  readonly note: (definition: string, block: number, value: string) => void
  /** Another one with each call. */
  readonly newValue: () => string
  /** Nothing is promised any more: it was deleted, rolled back, or given up by its user. */
  readonly forget: (definition: string) => void
  readonly definitions: () => string[]
  readonly of: (definition: string) => ReadonlyMap<number, string>
  /** Promises that no disk in the world keeps any more. */
  readonly broken: (world: World) => string[]
}

export function createLedger(): Ledger {
  const promises = new Map<string, Map<number, string>>()
  const none: ReadonlyMap<number, string> = new Map()
  let values = 0
  return {
    note(definition, block, value) {
      const blocks = promises.get(definition) ?? new Map<number, string>()
      promises.set(definition, blocks.set(block, value))
    },
    newValue() {
      values += 1
      return `v${values}`
    },
    forget: (definition) => void promises.delete(definition),
    definitions: () => [...promises.keys()],
    of: (definition) => promises.get(definition) ?? none,
    broken: (world) =>
      [...promises].flatMap(([definition, blocks]) =>
        copiesOf(world, definition).some((content) => hasAll(content, blocks))
          ? []
          : [`last-good-copy: no disk has all that was written to ${definition}`],
      ),
  }
}

/** Contents of the first volume on every disk that has one. */
function copiesOf(world: World, definition: string): ReadonlyMap<number, string>[] {
  return [...world.hosts.values()].flatMap(({ machine }) => contentOn(machine, definition) ?? [])
}

export function hasAll(
  content: ReadonlyMap<number, string>,
  blocks: ReadonlyMap<number, string>,
): boolean {
  return [...blocks].every(([block, value]) => content.get(block) === value)
}
