/** DRBD's state as its events tell it, and which disks were lost while we watched. */
import { applyEvent, type KernelResource, parseEventLine } from './layers/drbd/parse.ts'

export type DrbdTable = {
  /** Undefined while nobody tells us (no module, follower just died): unknown, not empty. */
  readonly get: (resource: string) => KernelResource | undefined
  readonly isLive: () => boolean
  readonly lostDisks: ReadonlySet<string>
  /** A new intention for a resource: its lost disks may be tried again. */
  readonly forgive: (resource: string) => void
  readonly flush: () => void
  /** Names whose state changed with this line; `matters`: it may contradict the document. */
  readonly feed: (line: string) => { readonly names: readonly string[]; readonly matters: boolean }
}

export function createDrbdTable(): DrbdTable {
  const resources = new Map<string, KernelResource>()
  const lostDisks = new Set<string>()
  let isLive = false
  const feed: DrbdTable['feed'] = (line) => {
    const event = parseEventLine(line)
    if (event === 'end') {
      isLive = true
      return { names: [...resources.keys()], matters: true }
    }
    if (!event) return { names: [], matters: false }
    applyEvent(resources, event)
    const name = event.keys.get('name') ?? ''
    const disk = event.object === 'device' ? event.keys.get('disk') : undefined
    const volume = `${name}/${event.keys.get('volume') ?? 0}`
    // Failed is what an I/O error makes of a disk, and what `down` passes through on 8.4; a new
    // device or an attach that works makes up for it.
    if (disk === 'Failed') lostDisks.add(volume)
    else if (disk !== undefined && disk !== 'Diskless') lostDisks.delete(volume)
    if (event.object === 'device' && event.event !== 'change') lostDisks.delete(volume)
    const matters = event.event === 'destroy' || disk === 'Diskless'
    return { names: isLive ? [name] : [], matters: isLive && matters }
  }
  return {
    get: (resource) => (isLive ? resources.get(resource) : undefined),
    isLive: () => isLive,
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
