/** Looks at bcache: files of the kernel only, not one process. */
import type { BcacheSeen } from '../../core/inventory.ts'
import type { Host } from '../../host/host.ts'
import { bcacheDirectory, controlPath, dataPath, labelPrefix } from './names.ts'

const isUuid = (name: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name)

/**
 * Every set under its UUID, with its data if that is registered; data of ours without a set under
 * its label. Throws where something goes while it is read.
 */
export async function lookAtBcache(host: Host): Promise<BcacheSeen[]> {
  const names = await host.list(bcacheDirectory)
  if (names.length === 0) return []
  const sets = await Promise.all(names.filter(isUuid).map((uuid) => readSet(host, uuid)))
  const known = new Set(sets.map(({ control }) => control))
  const blocks = (await host.list('/sys/block')).filter((name) => !/^bcache\d+$/.test(name))
  const loose = await Promise.all(
    blocks
      .filter((name) => !known.has(controlPath(name)))
      .map((name) => readData(host, controlPath(name))),
  )
  const ours = loose.flatMap((each) => (each?.label.startsWith(labelPrefix) ? [each] : []))
  return [...sets, ...ours.map((each) => ({ ...each, name: each.label }))]
}

async function readSet(host: Host, uuid: string): Promise<BcacheSeen> {
  const kernelName = await read(host, `${dataPath(uuid)}/backing_dev_name`)
  const data = kernelName && (await readData(host, controlPath(kernelName)))
  return { ...(data || nothing), name: uuid, uuid }
}

const nothing: BcacheSeen = {
  kind: 'bcache',
  name: '',
  uuid: '',
  label: '',
  state: 'none',
  isRunning: false,
  sizeKib: 0,
  isSuspended: false,
}

async function readData(host: Host, control: string): Promise<BcacheSeen | undefined> {
  const label = await read(host, `${control}/label`)
  if (label === undefined) return undefined
  const [state = '', running, sectors] = await Promise.all(
    ['state', 'running', 'dev/size'].map((name) => read(host, `${control}/${name}`)),
  )
  const sizeKib = Math.floor(Number(sectors ?? 0) / 2)
  return { ...nothing, label, control, state, isRunning: running === '1', sizeKib }
}

const read = async (host: Host, path: string) => (await host.readFile(path))?.trim()
