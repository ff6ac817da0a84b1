/**
 * Reads `drbdsetup events2`, of DRBD 9 and of 8.4, the first dump as well as what follows it.
 * Tolerant: unknown events, objects and keys are skipped, since every DRBD release adds some.
 */
import { DiskState } from '@varve/events'

export type KernelVolume = {
  readonly number: number
  readonly minor: number
  readonly disk: DiskState
  readonly sizeKib?: number
  /** 9 only. */
  readonly backing?: string
  /** 9 only: diskless on purpose. */
  readonly client?: boolean
  /** 9 only. */
  readonly quorum?: boolean
}

export type KernelPeerVolume = {
  readonly number: number
  readonly replication: string
  readonly peerDisk: string
  readonly done?: number
  readonly outOfSyncKib?: number
}

export type KernelConnection = {
  /** Always 0 on 8.4. */
  readonly nodeId: number
  /** Host name of the peer; `peer` on 8.4. */
  readonly name?: string
  readonly state: string
  readonly role?: string
  readonly volumes: ReadonlyMap<number, KernelPeerVolume>
}

export type KernelResource = {
  readonly name: string
  readonly role?: string
  /** `no`, or why I/O is suspended: `user`, `quorum`, … */
  readonly suspended?: string
  readonly volumes: ReadonlyMap<number, KernelVolume>
  readonly connections: ReadonlyMap<number, KernelConnection>
}

export type DrbdEvent = {
  readonly event: 'exists' | 'create' | 'change' | 'destroy'
  readonly object: 'resource' | 'connection' | 'device' | 'peer-device'
  readonly keys: ReadonlyMap<string, string>
}

const events: ReadonlySet<string> = new Set(['exists', 'create', 'change', 'destroy'])
const objects: ReadonlySet<string> = new Set(['resource', 'connection', 'device', 'peer-device'])

/** `end` is the line `exists -` that closes the first dump; undefined: nothing for us. */
export function parseEventLine(line: string): DrbdEvent | 'end' | undefined {
  const words = line.trim().split(/\s+/)
  if (/^\d{4}-\d\d-\d\dT/.test(words[0] ?? '')) words.shift()
  const [event = '', object = '', ...rest] = words
  if (event === 'exists' && object === '-') return 'end'
  if (!events.has(event) || !objects.has(object)) return undefined
  const keys = new Map<string, string>()
  for (const word of rest) {
    const colon = word.indexOf(':')
    if (colon > 0) keys.set(word.slice(0, colon), word.slice(colon + 1))
  }
  if (!keys.has('name')) return undefined
  // Both words were just found in the closed sets.
  return { event, object, keys } as DrbdEvent
}

/** The text of `drbdsetup events2 --now`; `complete` is false when the dump was cut off. */
export function parseEvents(text: string): {
  resources: Map<string, KernelResource>
  complete: boolean
} {
  const resources = new Map<string, KernelResource>()
  let complete = false
  for (const line of text.split('\n')) {
    const event = parseEventLine(line)
    if (event === 'end') complete = true
    else if (event) applyEvent(resources, event)
  }
  return { resources, complete }
}

/** Folds one event into the table; the records themselves are replaced, never changed. */
export function applyEvent(table: Map<string, KernelResource>, event: DrbdEvent): void {
  const name = event.keys.get('name') ?? ''
  const before = table.get(name) ?? { name, volumes: new Map(), connections: new Map() }
  if (event.object === 'resource' && event.event === 'destroy') table.delete(name)
  else if (event.event === 'destroy' && !table.has(name)) return
  else table.set(name, changed(before, event))
}

function changed(resource: KernelResource, event: DrbdEvent): KernelResource {
  const { keys } = event
  const isGone = event.event === 'destroy'
  const number = Number(keys.get('volume') ?? 0)
  const nodeId = Number(keys.get('peer-node-id') ?? 0)
  switch (event.object) {
    case 'resource':
      return { ...resource, ...text('role', keys), ...text('suspended', keys) }
    case 'device':
      return {
        ...resource,
        volumes: put(resource.volumes, number, isGone ? undefined : device(resource, number, keys)),
      }
    case 'connection':
    case 'peer-device': {
      const isConnection = event.object === 'connection'
      const old = resource.connections.get(nodeId) ?? {
        nodeId,
        state: 'Unknown',
        volumes: new Map(),
      }
      const next = isConnection ? connection(old, keys) : peerDevice(old, number, keys, isGone)
      return {
        ...resource,
        connections: put(resource.connections, nodeId, isConnection && isGone ? undefined : next),
      }
    }
  }
}

function device(
  resource: KernelResource,
  number: number,
  keys: ReadonlyMap<string, string>,
): KernelVolume {
  const old = resource.volumes.get(number)
  const backing = keys.get('backing_dev')
  const base = { disk: 'Diskless' as DiskState, ...old }
  const { backing: oldBacking, ...rest } = base
  const kept = backing === undefined ? oldBacking : backing === 'none' ? undefined : backing
  return {
    ...rest,
    ...(kept === undefined ? {} : { backing: kept }),
    number,
    minor: Number(keys.get('minor') ?? old?.minor ?? -1),
    disk: DiskState.safeParse(keys.get('disk')).data ?? base.disk,
    ...numeric('sizeKib', keys.get('size')),
    ...flag('client', keys.get('client')),
    ...flag('quorum', keys.get('quorum')),
  }
}

function connection(old: KernelConnection, keys: ReadonlyMap<string, string>): KernelConnection {
  const name = keys.get('conn-name')
  return {
    ...old,
    ...(name === undefined ? {} : { name }),
    state: keys.get('connection') ?? old.state,
    ...text('role', keys),
  }
}

function peerDevice(
  old: KernelConnection,
  number: number,
  keys: ReadonlyMap<string, string>,
  isGone: boolean,
): KernelConnection {
  if (isGone) return { ...old, volumes: put(old.volumes, number, undefined) }
  const before = old.volumes.get(number)
  const replication = keys.get('replication') ?? before?.replication ?? 'Off'
  const { done: oldDone, ...rest } = before ?? {}
  // A percentage belongs to the resync in which it was said.
  const isSame = replication === before?.replication
  const done = keys.get('done') ?? (isSame && isSyncing(replication) ? oldDone : undefined)
  const next: KernelPeerVolume = {
    ...rest,
    number,
    replication,
    peerDisk: keys.get('peer-disk') ?? before?.peerDisk ?? 'DUnknown',
    ...numeric('done', done),
    ...numeric('outOfSyncKib', keys.get('out-of-sync')),
  }
  return { ...old, volumes: put(old.volumes, number, next) }
}

/** True for the replication states that end by themselves and have a percentage. */
export function isSyncing(replication: string): boolean {
  return /Sync|Verify|WFBitMap/.test(replication)
}

function put<V>(map: ReadonlyMap<number, V>, key: number, value: V | undefined): Map<number, V> {
  const next = new Map(map)
  if (value === undefined) next.delete(key)
  else next.set(key, value)
  return next
}

function text<K extends string>(key: K, keys: ReadonlyMap<string, string>): { [P in K]?: string } {
  const value = keys.get(key)
  // A computed key widens to string: it is K.
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string })
}

function numeric<K extends string>(
  key: K,
  value: string | number | undefined,
): { [P in K]?: number } {
  const number = Number(value)
  if (value === undefined || Number.isNaN(number)) return {}
  return { [key]: number } as { [P in K]?: number }
}

function flag<K extends string>(key: K, value: string | undefined): { [P in K]?: boolean } {
  return value === undefined ? {} : ({ [key]: value === 'yes' } as { [P in K]?: boolean })
}
