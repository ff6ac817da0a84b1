/** Looks at directories of images: one find, one losetup and one df for all of them. */
import type { BackingObject, Place } from '../../core/inventory.ts'
import type { Host } from '../../host/host.ts'
import { type LookOptions, problemOf, type StorageLook, unseen } from '../look.ts'
import { imageOfSidecar, readSidecar, sidecarOf } from './mark.ts'
import { type FileRow, parseDf, parseFind, parseLosetup } from './parse.ts'
import { dfArgv, findArgv, losetupArgv } from './steps.ts'

export async function lookAtFiles(
  host: Host,
  directories: readonly string[],
  options: LookOptions,
): Promise<StorageLook> {
  if (directories.length === 0) return unseen([], '')
  const present: string[] = []
  for (const directory of directories) if (await host.exists(directory)) present.push(directory)
  const missing = directories
    .filter((directory) => !present.includes(directory))
    .map((directory) => [directory, { state: 'missing' as const }] as const)
  if (present.length === 0) {
    return { places: new Map(missing), sizes: new Map(), objects: new Map() }
  }
  const [found, loops, df] = await Promise.all([
    host.run(findArgv(present), options),
    host.run(losetupArgv, options),
    host.run(dfArgv(present), options),
  ])
  const devices = parseLosetup(loops.stdout)
  const bad = [found, loops].find((result) => result.exitCode !== 0)
  if (bad || !devices) {
    return unseen(directories, bad ? problemOf(bad) : 'losetup printed no report')
  }
  const rows = parseFind(found.stdout)
  const images = rows.filter((row) => row.path.endsWith('.img'))
  const objects = await Promise.all([
    ...images.map((row) => objectOf(host, row, devices.get(row.path))),
    ...rows.filter(({ path }) => isLone(path, rows)).map((row) => loneMark(host, row)),
  ])
  const places = new Map<string, Place>(missing)
  for (const directory of present) places.set(directory, { state: 'present' })
  return {
    places,
    sizes: parseDf(df.stdout),
    objects: new Map(objects.map((object) => [object.key, object])),
  }
}

/**
 * Marks that were written before an image which never came, under their own key: they go with what
 * they were written for, and are no image to anybody.
 */
async function loneMark(host: Host, { path }: FileRow): Promise<BackingObject> {
  const slash = path.lastIndexOf('/')
  return {
    key: path,
    place: path.slice(0, slash),
    name: path.slice(slash + 1),
    sizeKib: 0,
    allocatedKib: 0,
    ...readSidecar(await host.readFile(path)),
    isPool: false,
  }
}

const isLone = (path: string, rows: readonly FileRow[]): boolean => {
  const image = imageOfSidecar(path)
  return image !== undefined && !rows.some((row) => row.path === image)
}

/** Sidecar and device size are small files: no process per image. */
async function objectOf(
  host: Host,
  row: FileRow,
  device: string | undefined,
): Promise<BackingObject> {
  const slash = row.path.lastIndexOf('/')
  const sectors = device && (await host.readFile(`/sys/block/${device.replace('/dev/', '')}/size`))
  return {
    key: row.path,
    place: row.path.slice(0, slash),
    name: row.path.slice(slash + 1).replace(/\.img$/, ''),
    sizeKib: row.sizeKib,
    allocatedKib: row.allocatedKib,
    ...(device ? { device } : {}),
    ...(sectors ? { deviceKib: Math.floor(Number(sectors) / 2) } : {}),
    ...readSidecar(await host.readFile(sidecarOf(row.path))),
    isPool: false,
  }
}
