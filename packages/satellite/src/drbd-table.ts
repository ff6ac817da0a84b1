/** DRBD's state as its events tell it, and which disks were lost while we watched. */
import { applyEvent, isSyncing, type KernelResource, parseEventLine } from './layers/drbd/parse.ts'

export type DrbdTable = {
  /** Undefined while nobody tells us (no module, follower just died): unknown, not empty. */
  readonly get: (resource: string) => KernelResource | undefined
  readonly isLive: () => boolean
  readonly all: () => Iterable<KernelResource>
  /** Blocks still to go, from a later look; the states stay those that the events told. */
  readonly progress: (seen: ReadonlyMap<string, KernelResource>) => readonly string[]
  readonly lostDisks: ReadonlySet<string>
  /** A new intention for a resource: its lost disks may be tried again. */
  readonly forgive: (resource: string) => void
  readonly flush: () => void
  /** Names whose state changed with this line; `matters`: it may contradict the document. */
  readonly feed: (line: string) => { readonly names: readonly string[]; readonly matters: boolean }
}

/** True while a resync or a verify runs whose end is told, but on 8.4 not its progress. */
export function isAnySyncing(resources: Iterable<KernelResource>): boolean {
  return [...resources].some((resource) =>
    [...resource.connections.values()].some((connection) =>
      [...connection.volumes.values()].some((volume) => isSyncing(volume.replication)),
    ),
  )
}

export function createDrbdTable(): DrbdTable {
  const resources = new Map<string, KernelResource>()
  const lostDisks = new Set<string>()
  let isLive = false
  const isSyncingNow = (name: string) => {
    const resource = resources.get(name)
    return resource !== undefined && isAnySyncing([resource])
  }
  const feed: DrbdTable['feed'] = (line) => {
    const event = parseEventLine(line)
    if (event === 'end') {
      isLive = true
      return { names: [...resources.keys()], matters: true }
    }
    if (!event) return { names: [], matters: false }
    const name = event.keys.get('name') ?? ''
    const wasSyncing = isSyncingNow(name)
    applyEvent(resources, event)
    const disk = event.object === 'device' ? event.keys.get('disk') : undefined
    const volume = `${name}/${event.keys.get('volume') ?? 0}`
    // Failed is what an I/O error makes of a disk, and what `down` passes through on 8.4; a new
    // device or an attach that works makes up for it.
    if (disk === 'Failed') lostDisks.add(volume)
    else if (disk !== undefined && disk !== 'Diskless') lostDisks.delete(volume)
    if (event.object === 'device' && event.event !== 'change') lostDisks.delete(volume)
    // A device that its peer has grown is synced in its new part: 8.4 tells nothing else of it.
    const hasSynced = wasSyncing && !isSyncingNow(name)
    const matters = event.event === 'destroy' || disk === 'Diskless' || hasSynced
    return { names: isLive ? [name] : [], matters: isLive && matters }
  }
  return {
    get: (resource) => (isLive ? resources.get(resource) : undefined),
    isLive: () => isLive,
    all: () => resources.values(),
    progress: (seen) => {
      const names: string[] = []
      for (const [name, resource] of resources) {
        const next = withProgress(resource, seen.get(name))
        if (next === resource) continue
        resources.set(name, next)
        names.push(name)
      }
      return names
    },
    lostDisks,
    forgive: (resource) => {
      for (const volume of lostDisks) {
        if (volume.startsWith(`${resource}/`)) lostDisks.delete(volume)
      }
    },
    flush: () => {
      isLive = false
      resources.clear()
    },
    feed,
  }
}

function withProgress(told: KernelResource, seen: KernelResource | undefined): KernelResource {
  if (!seen || !isAnySyncing([told])) return told
  const connections = new Map(told.connections)
  for (const [id, connection] of told.connections) {
    const volumes = new Map(connection.volumes)
    for (const [number, volume] of connection.volumes) {
      const now = seen.connections.get(id)?.volumes.get(number)
      const isSame = now?.replication === volume.replication
      if (isSame && now.outOfSyncKib !== undefined) {
        volumes.set(number, { ...volume, outOfSyncKib: now.outOfSyncKib })
      }
    }
    connections.set(id, { ...connection, volumes })
  }
  return { ...told, connections }
}
