/**
 * Which new volumes get their file systems now, and why others do not. Pure. All else of the
 * document is true by then: storage, encryption and DRBD are as they shall be.
 */
import type { DesiredResource, FileSystem, PresentResource } from '@varve/events'
import type { Inventory } from '../core/inventory.ts'
import { deviceOf, type Located, locateAll } from '../core/located.ts'
import type { Step } from '../core/step.ts'
import type { KernelResource } from '../layers/drbd/parse.ts'
import { type AccountKind, accountKey, formatKey, isNumber } from './names.ts'
import { asPrimary, forget, giveBack, makeSteps, type RootOwner } from './steps.ts'

export type FormatPlan =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  /** It comes about by itself. */
  | { readonly kind: 'waits'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }

/** Undefined: no volume of it waits for a file system. */
export function planFormat(
  document: PresentResource,
  inventory: Inventory,
): FormatPlan | undefined {
  const wanted = locateAll(document.volumes, inventory).flatMap((item) => {
    const { format } = item.volume
    // What begins as a snapshot has what the snapshot has.
    const isBlank = item.storage.from === undefined && item.volume.drbd?.start.kind !== 'restored'
    return format && isBlank && !isFormatted(item, inventory) ? [{ item, format }] : []
  })
  if (wanted.length === 0) return undefined
  const readiness = document.drbd ? readyDrbd(document, wanted, inventory) : {}
  if ('kind' in readiness) return readiness
  const steps: Step[] = []
  for (const { item, format } of wanted) {
    const device = topDevice(item, inventory)
    if (device === undefined) {
      return { kind: 'waits', reason: `volume ${item.volume.number} has no device yet` }
    }
    const owner = rootOwner(format, inventory)
    if (typeof owner === 'string') return { kind: 'refused', reason: owner }
    const { name: storage } = item.storage
    const key = formatKey(item.storage)
    steps.push(...makeSteps({ fileSystem: format, device, storage, key, owner, ...readiness }))
  }
  const isBorrowed = document.drbd !== undefined && readiness.inUse === undefined
  return { kind: 'steps', steps: isBorrowed ? asPrimary(document.resource, steps) : steps }
}

function isFormatted({ storage }: Pick<Located, 'storage'>, inventory: Inventory): boolean {
  return inventory.formatted.has(formatKey(storage))
}

/**
 * Before anything else: a resource that is Primary because of us, after something went wrong on the
 * way, becomes Secondary again.
 */
export function giveBackSteps({ resource }: DesiredResource, inventory: Inventory): Step[] {
  if (!inventory.borrowed.has(resource) || inventory.drbd.unknown !== undefined) return []
  const isPrimary = inventory.drbd.resources.get(resource)?.role === 'Primary'
  return isPrimary ? giveBack(resource) : forget(resource)
}

function topDevice(item: Located, inventory: Inventory): string | undefined {
  return item.volume.drbd ? `/dev/drbd${item.volume.drbd.minor}` : deviceOf(item, inventory)
}

/** Its local disk has the data, input and output go on, and nobody else uses it. */
function readyDrbd(
  { resource }: PresentResource,
  wanted: readonly { readonly item: Located }[],
  inventory: Inventory,
): FormatPlan | { readonly inUse?: string } {
  const kernel = inventory.drbd.resources.get(resource)
  const later = wanted.map(({ item }) => notYet(item, kernel)).find((each) => each !== undefined)
  if (later !== undefined) return { kind: 'waits', reason: later }
  const { suspended } = kernel ?? {}
  if (suspended !== undefined && suspended !== 'no') {
    return { kind: 'waits', reason: `input and output of ${resource} are suspended (${suspended})` }
  }
  const peer = [...(kernel?.connections.values() ?? [])].find(({ role }) => role === 'Primary')
  if (peer) {
    const where = peer.name ?? `node-id ${peer.nodeId}`
    const reason = `${resource} is Primary on its peer (${where}), so somebody uses it: no file system is made`
    return { kind: 'refused', reason }
  }
  if (kernel?.role !== 'Primary') return {}
  return { inUse: `${resource} is Primary already, so somebody uses it: no file system is made` }
}

function notYet({ volume }: Located, kernel: KernelResource | undefined): string | undefined {
  const found = kernel?.volumes.get(volume.number)
  const isMeant = found !== undefined && found.minor === volume.drbd?.minor
  if (isMeant && found.disk === 'UpToDate') return undefined
  const now = isMeant ? found.disk : 'not there'
  return `volume ${volume.number} gets its file system when it is UpToDate here; it is ${now}`
}

/** Undefined: nobody is asked for, so it is root's. A sentence: somebody whom this node does not know. */
function rootOwner(
  { user, group }: FileSystem,
  inventory: Inventory,
): RootOwner | undefined | string {
  if (user === undefined && group === undefined) return undefined
  const uid = numberOf('passwd', user, inventory)
  if (typeof uid === 'string') return uid
  const gid = numberOf('group', group, inventory)
  return typeof gid === 'string' ? gid : { uid, gid }
}

const nouns = { passwd: ['user', 'User'], group: ['group', 'Group'] } as const

function numberOf(
  kind: AccountKind,
  name: string | undefined,
  inventory: Inventory,
): number | string {
  if (name === undefined) return 0
  if (isNumber(name)) return Number(name)
  const found = inventory.accounts.get(accountKey(kind, name))
  if (typeof found === 'number') return found
  const [noun, property] = nouns[kind]
  const why = found === undefined ? 'it was not looked for' : found.problem
  return `the ${noun} ${name} that shall own the file system (FileSystem/${property}) is not to be had on ${inventory.uname}: ${why}`
}
