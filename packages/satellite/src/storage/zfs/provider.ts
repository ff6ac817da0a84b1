/** Looks at datasets: one zpool list and one zfs list for all of ZFS and ZFS_THIN. */
import type { BackingObject, Place, PlaceSize } from '../../core/inventory.ts'
import type { Host } from '../../host/host.ts'
import { type LookOptions, problemOf, type StorageLook, unseen } from '../look.ts'
import type { Zpool } from './parse.ts'
import { type Dataset, objectOf, parseDatasets, parseProbe, parseZpools, zfsKey } from './parse.ts'
import { probeArgv, zfsListArgv, zpoolListArgv, zvolDirectory } from './steps.ts'

type Look = {
  readonly host: Host
  readonly options: LookOptions & { readonly withSnapshots?: boolean }
}

export async function lookAtZfs(
  host: Host,
  datasets: readonly string[],
  options: LookOptions & { readonly withSnapshots?: boolean },
): Promise<StorageLook> {
  if (datasets.length === 0) return unseen([], '')
  const zpool = await host.run(zpoolListArgv, options)
  if (zpool.exitCode !== 0) return unseen(datasets.map(zfsKey), problemOf(zpool))
  const pools = parseZpools(zpool.stdout)
  const places = new Map(datasets.map((name) => [zfsKey(name), poolPlace(name, pools)]))
  // Whoever asks a suspended pool for its datasets waits until its disks are back.
  const asked = datasets.filter((name) => places.get(zfsKey(name))?.state === 'present')
  const seen = asked.length === 0 ? undefined : await lookInto({ host, options }, asked, pools)
  return {
    places: new Map([...places, ...(seen?.places ?? [])]),
    sizes: seen?.sizes ?? new Map(),
    objects: seen?.objects ?? new Map(),
  }
}

async function lookInto(
  look: Look,
  datasets: readonly string[],
  pools: ReadonlyMap<string, Zpool>,
): Promise<StorageLook> {
  const list = await look.host.run(zfsListArgv(datasets, look.options.withSnapshots), look.options)
  // 1 is what zfs says when one of several datasets is missing; the others are listed all the same.
  if (list.exitCode !== 0 && list.exitCode !== 1) {
    return unseen(datasets.map(zfsKey), problemOf(list))
  }
  const rows = new Map(
    parseDatasets(list.stdout, look.options.withSnapshots).map((row) => [row.name, row]),
  )
  const places = new Map(
    datasets.map((name) => [zfsKey(name), datasetPlace(name, rows.get(name), list.stderr)]),
  )
  const there = datasets.flatMap((name) => {
    const row = rows.get(name)
    return row && places.get(zfsKey(name))?.state === 'present' ? [row] : []
  })
  const sizes = there.map(
    async (row) => [zfsKey(row.name), await sizeOf(look, row, pools)] as const,
  )
  const objects = there.map(({ name }) => objectsIn(look.host, name, rows))
  return {
    places,
    sizes: new Map(await Promise.all(sizes)),
    objects: new Map((await Promise.all(objects)).flat().map((object) => [object.key, object])),
  }
}

const poolOf = (dataset: string) => dataset.split('/')[0] ?? dataset

/** A degraded pool works; every other word but ONLINE means that it does not. */
function poolPlace(dataset: string, pools: ReadonlyMap<string, Zpool>): Place {
  const name = poolOf(dataset)
  const health = pools.get(name)?.health
  if (health === undefined) return { state: 'missing' }
  if (health === 'ONLINE' || health === 'DEGRADED') return { state: 'present' }
  const reason = `the zpool ${name} is ${health}: see zpool status ${name}`
  return { state: 'unknown', reason, isSuspended: true }
}

/** Missing only if zfs says so. */
function datasetPlace(name: string, row: Dataset | undefined, stderr: string): Place {
  if (row?.type === 'filesystem') return { state: 'present' }
  if (row) return { state: 'unknown', reason: 'it is a volume, and no volume holds others' }
  const isDenied = stderr.includes(`cannot open '${name}': dataset does not exist`)
  if (isDenied) return { state: 'missing' }
  return { state: 'unknown', reason: stderr.trim().split('\n').at(-1) || 'zfs does not list it' }
}

/** Reference 4.2: free is what is available to the dataset, total its quota or else the pool. */
async function sizeOf(
  look: Look,
  row: Dataset,
  pools: ReadonlyMap<string, Zpool>,
): Promise<PlaceSize> {
  const totalKib = row.quotaKib > 0 ? row.quotaKib : (pools.get(poolOf(row.name))?.totalKib ?? 0)
  return {
    totalKib,
    freeKib: row.availableKib,
    granularityKib: await granularityOf(look, row.name),
  }
}

/** What ZFS had before it could be asked (reference 3.3). */
const usualBlockKib = 8

/** The machine's answers: a pool's usual block size stays the same, so it is asked for once. */
const answers = new WeakMap<Host, Map<string, number>>()

async function granularityOf({ host, options }: Look, dataset: string): Promise<number> {
  const known = answers.get(host) ?? new Map<string, number>()
  answers.set(host, known)
  const found = known.get(dataset)
  if (found !== undefined) return found
  const blockKib = parseProbe((await host.run(probeArgv(dataset), options)).stdout)
  if (blockKib !== undefined) known.set(dataset, blockKib)
  return blockKib ?? usualBlockKib
}

/** What is directly in a dataset; a volume's device is there when udev has made its link. */
async function objectsIn(
  host: Host,
  place: string,
  rows: ReadonlyMap<string, Dataset>,
): Promise<BackingObject[]> {
  const directory = zvolDirectory(place)
  const links = new Set(await host.list(directory))
  const objects: BackingObject[] = []
  for (const row of rows.values()) {
    const at = row.name.lastIndexOf('/')
    if (at < 0 || row.isDeferred || row.name.slice(0, at) !== place) continue
    const last = row.name.slice(at + 1)
    const device = links.has(last) ? `${directory}/${last}` : undefined
    objects.push(objectOf(row, zfsKey(place), device))
  }
  return objects
}
