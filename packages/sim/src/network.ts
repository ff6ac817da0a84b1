/** Who reaches whom. Cables are cut per machine, per pair or in one direction only. */

export type Network = {
  readonly reaches: (from: string, to: string) => boolean
  /** One direction of one pair. */
  readonly cutOneWay: (from: string, to: string) => void
  /** Both directions of one pair; with one name, everything from and to that machine. */
  readonly cut: (a: string, b?: string) => void
  /** Undoes `cut`; without names, everything is whole again. */
  readonly heal: (a?: string, b?: string) => void
  /** Called after each change. */
  readonly onChange: (act: () => void) => void
}

export function createNetwork(): Network {
  const cuts = new Set<string>()
  const watchers: (() => void)[] = []
  const changed = () => {
    for (const watcher of watchers) watcher()
  }
  const key = (from: string, to: string) => `${from} ${to}`
  const pair = (a: string, b = '*') => [key(a, b), key(b, a)]
  return {
    reaches: (from, to) =>
      !cuts.has(key(from, to)) && !cuts.has(key(from, '*')) && !cuts.has(key('*', to)),
    cutOneWay: (from, to) => {
      cuts.add(key(from, to))
      changed()
    },
    cut: (a, b) => {
      for (const each of pair(a, b)) cuts.add(each)
      changed()
    },
    heal: (a, b) => {
      if (a === undefined) cuts.clear()
      else if (b !== undefined) for (const each of pair(a, b)) cuts.delete(each)
      // Healing a machine heals all of its cables, also those cut one by one.
      else for (const each of cuts) if (each.split(' ').includes(a)) cuts.delete(each)
      changed()
    },
    onChange: (act) => {
      watchers.push(act)
    },
  }
}
