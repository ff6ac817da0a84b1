/** Looks at the machine: at most one process per tool, however many resources and pools there are. */
import {
  cacheLayers,
  type DesiredNode,
  type DesiredResource,
  type DesiredVolume,
} from '@varve/events'
import { companionStorages } from './core/companions.ts'
import {
  cachedPlace,
  cryptPlace,
  type ForeignConfig,
  type Inventory,
  minorsOf,
  nvmePlace,
  type Wanted,
  wantedOf,
} from './core/inventory.ts'
import { share } from './core/share.ts'
import { createFileReader, type FileReader } from './file-reader.ts'
import { accountsOf, lookUpAccounts, readBorrowed } from './format/look.ts'
import type { Host } from './host/host.ts'
import { lookAtCached } from './layers/cache/look.ts'
import { createEventsReader, type EventsReader } from './layers/drbd/events-reader.ts'
import { readForeign } from './layers/drbd/foreign.ts'
import type { KernelResource } from './layers/drbd/parse.ts'
import {
  backupDirectory,
  configDirectory,
  drbdDirectory,
  includePath,
} from './layers/drbd/paths.ts'
import { eventsNowArgv } from './layers/drbd/steps.ts'
import { lookAtCrypt } from './layers/luks/look.ts'
import { lookAtNvme, type NvmeMaps, nvmeMaps } from './layers/nvme/look.ts'
import { veiledFiles } from './secrets/veil.ts'
import { readSuspensions, uptime } from './snapshots/look.ts'
import { lookAtFiles } from './storage/file/provider.ts'
import { problemOf } from './storage/look.ts'
import { lookAtLvm } from './storage/lvm/provider.ts'
import { lookAtZfs } from './storage/zfs/provider.ts'

/** What only this process knows and the machine cannot be asked for. */
export type Memory = Pick<Inventory['drbd'], 'lostDisks' | 'forgotten'> &
  Pick<Inventory, 'formatted' | 'bereft' | 'receiving'>

/** All places that the documents name, whether their resources come or go. */
export function wantedPlaces(
  documents: Iterable<DesiredResource>,
  node: DesiredNode | undefined,
): Wanted {
  const all = [...documents]
  const crypt = all.some(({ layers }) => layers.includes('LUKS'))
  const cached = all.some(({ layers }) => layers.some((layer) => cacheLayers.has(layer)))
  const nvme = all.some(({ layers }) => layers.includes('NVME'))
  const snapshots = all.some(
    (each) =>
      (each.state === 'present' && (each.snapshots ?? []).length > 0) ||
      each.volumes.some(({ storage }) => storage?.from !== undefined),
  )
  const accounts = accountsOf(all)
  return { ...wantedOf(backings(all, node)), crypt, cached, nvme, snapshots, accounts }
}

/** The places of these alone. They are looked at whole, so with the snapshots of others in them. */
export function wantedPart(
  documents: Iterable<DesiredResource>,
  all: Iterable<DesiredResource>,
): Wanted {
  const { snapshots = false } = wantedPlaces(all, undefined)
  return { ...wantedPlaces(documents, undefined), snapshots, isPart: true }
}

function* backings(documents: Iterable<DesiredResource>, node: DesiredNode | undefined) {
  for (const document of documents) {
    for (const volume of document.volumes) yield* storagesOf(volume)
    if (document.state !== 'present') continue
    for (const volume of document.removed) yield* storagesOf(volume)
    for (const { volumes } of document.snapshots ?? []) yield* volumes
  }
  if (node) yield* node.pools
}

function storagesOf(volume: DesiredVolume) {
  const beside = companionStorages(volume)
  return volume.storage ? [volume.storage, ...beside] : beside
}

export type Look = (wanted: Wanted, memory: Memory, signal?: AbortSignal) => Promise<Inventory>

/**
 * For looking again and again: what is as it was in the look before is the very same object, so
 * that only what has changed needs to be thought about.
 */
export function createLook(host: Host): Look {
  const readers = createReaders(host)
  let before: Inventory | undefined
  return async (wanted, memory, signal) => {
    const options = signal ? { signal } : {}
    const { drbd, ...seen } = await look(host, wanted, memory, readers, options)
    const rest = wanted.isPart && before ? { ...seen, ...overlay(before, seen) } : seen
    // Copies, since a string that is cut out of a tool's output keeps all of that output in memory,
    // and what does not change is kept for long. What readEvents gives are copies already.
    const shared = share(before, rest, structuredClone)
    before = { ...shared, drbd: share(before?.drbd, drbd) }
    return before
  }
}

type Storage = Pick<
  Inventory,
  'places' | 'sizes' | 'objects' | 'crypt' | 'cached' | 'accounts' | keyof NvmeMaps
>

/** What was looked at now, and for all other places what was seen there before. */
function overlay(before: Storage, now: Storage): Storage {
  const isOld = (place: string) => !now.places.has(place)
  return {
    places: new Map([...before.places, ...now.places]),
    sizes: new Map([...[...before.sizes].filter(([place]) => isOld(place)), ...now.sizes]),
    objects: new Map([
      ...[...before.objects].filter(([, { place }]) => isOld(place)),
      ...now.objects,
    ]),
    crypt: isOld(cryptPlace) ? before.crypt : now.crypt,
    cached: isOld(cachedPlace) ? before.cached : now.cached,
    ...nvmeMaps(isOld(nvmePlace) ? before : now),
    accounts: new Map([...before.accounts, ...now.accounts]),
  }
}

/** One look, on its own. */
export function takeInventory(host: Host, wanted: Wanted, memory: Memory): Promise<Inventory> {
  return look(host, wanted, memory, createReaders(host), {})
}

/** What is compared with the look before already while it is read. */
type Readers = {
  readonly events: EventsReader
  readonly ours: FileReader
  readonly foreign: FileReader
}

function createReaders(host: Host): Readers {
  return {
    events: createEventsReader(),
    ours: createFileReader(veiledFiles(host)),
    foreign: createFileReader(host),
  }
}

async function look(
  host: Host,
  wanted: Wanted,
  memory: Memory,
  readers: Readers,
  options: { signal?: AbortSignal },
): Promise<Inventory> {
  const [crypt, cached, nvme, lvm, zfs, files, drbd, ours, foreign, accounts] = await Promise.all([
    lookAtCrypt(host, wanted.crypt === true, options),
    lookAtCached(host, wanted.cached === true, options),
    lookAtNvme(host, wanted.nvme === true),
    lookAtLvm(host, wanted.volumeGroups, options),
    lookAtZfs(host, wanted.datasets, { ...options, withSnapshots: wanted.snapshots === true }),
    lookAtFiles(host, wanted.directories, options),
    lookAtDrbd(host, readers.events, options),
    readOurFiles(host, readers.ours),
    readForeignFiles(host, readers.foreign),
    lookUpAccounts(host, wanted.accounts ?? [], options),
  ])
  // After DRBD: a marker is written before anything is held, so what is held has one by now.
  const [suspensions, borrowed, uptimeMs] = await Promise.all([
    readSuspensions(host),
    readBorrowed(host),
    uptime(host),
  ])
  const { formatted, bereft, receiving, ...drbdMemory } = memory
  return {
    uname: host.uname,
    places: new Map([
      ...crypt.places,
      ...cached.places,
      ...nvme.places,
      ...lvm.places,
      ...zfs.places,
      ...files.places,
    ]),
    sizes: new Map([...lvm.sizes, ...zfs.sizes, ...files.sizes]),
    objects: new Map([...lvm.objects, ...zfs.objects, ...files.objects]),
    crypt: crypt.mappings,
    cached: cached.mappings,
    ...nvmeMaps(nvme),
    drbd: { ...drbd, minors: minorsOf(drbd.resources), ...drbdMemory },
    suspensions,
    uptimeMs,
    formatted,
    bereft,
    receiving,
    borrowed,
    accounts,
    files: ours,
    foreign,
  }
}

/** Version of the loaded module, without a process. */
export async function drbdVersion(host: Host): Promise<string | undefined> {
  const text = await host.readFile('/sys/module/drbd/version')
  return text?.trim() || undefined
}

type DrbdLook = {
  version?: string
  unknown?: string
  resources: ReadonlyMap<string, KernelResource>
}

async function lookAtDrbd(
  host: Host,
  readEvents: EventsReader,
  options: { signal?: AbortSignal },
): Promise<DrbdLook> {
  const version = await drbdVersion(host)
  if (version === undefined) return { resources: new Map() }
  const result = await host.run(eventsNowArgv, options)
  const { resources, complete } = readEvents(result.stdout)
  if (result.exitCode === 0 && complete) return { version, resources }
  return { version, unknown: problemOf(result), resources: new Map() }
}

/** Ours, in and beside the include, and the copies of what was accepted. */
async function readOurFiles(host: Host, read: FileReader): Promise<Map<string, string>> {
  const names = await host.list(configDirectory)
  const backups = await host.list(backupDirectory)
  const paths = [
    ...names.filter((n) => /\.(res|new|rekeyed)$/.test(n)).map((n) => `${configDirectory}/${n}`),
    ...backups.filter((n) => n.endsWith('.res')).map((n) => `${backupDirectory}/${n}`),
  ]
  return read(paths)
}

async function readForeignFiles(host: Host, read: FileReader): Promise<ForeignConfig[]> {
  const names = (await host.list(drbdDirectory)).filter((name) => name.endsWith('.res'))
  const paths = ['/etc/drbd.conf', ...names.map((name) => `${drbdDirectory}/${name}`)]
  const texts = await read(paths.filter((path) => path !== includePath))
  return [...texts].flatMap(([path, text]) => readForeign(path, text) ?? [])
}
