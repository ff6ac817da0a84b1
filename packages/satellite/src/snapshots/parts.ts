/** The objects that a snapshot is made of, beside what the inventory has of them. */
import type { DesiredSnapshot, DesiredStorage, PresentResource, Provider } from '@varve/events'
import type { BackingObject, Inventory } from '../core/inventory.ts'
import type { Step } from '../core/step.ts'
import type { SnapshotAbility, SnapshotObject } from '../storage/provider.ts'
import { providerOf } from '../storage/table.ts'

/** Keys of all that belongs to the document's snapshots. */
export function snapshotKeys(document: Pick<PresentResource, 'snapshots'>): string[] {
  return (document.snapshots ?? []).flatMap((wanted) =>
    wanted.volumes.flatMap(({ provider, backing, source, isCopy }) => {
      const ability = providerOf(provider)?.snapshots
      if (ability === undefined || typeof ability === 'string') return []
      const { key } = ability.locate({ ...wanted, backing, source })
      return isCopy ? [key, ...holderKeys(provider, backing, source)] : [key]
    }),
  )
}

/** On ZFS a copy lies in a volume of its own. */
function holderKeys(provider: Provider, backing: string, name: string): string[] {
  const found = providerOf(provider)
  const { snapshots } = found ?? {}
  if (!found || typeof snapshots !== 'object' || snapshots.transfer.kind !== 'zfs') return []
  return [found.locate(holderStorage(provider, backing, name)).key]
}

function holderStorage(provider: Provider, backing: string, name: string): DesiredStorage {
  return { pool: '', provider, backing, name, owner: '', sizeKib: 0, props: {} }
}

export type Part = {
  readonly number: number
  readonly provider: Provider
  /** It came from another node, or is to. */
  readonly isCopy: boolean
  readonly of: SnapshotObject
  /** A sentence when the provider has no snapshots. */
  readonly ability: SnapshotAbility | string
  readonly key: string
  readonly isPlaceSeen: boolean
  readonly object: BackingObject | undefined
  readonly source: BackingObject | undefined
  readonly sourceKey: string
  readonly sourceOwner: string
  /** Name that the source had while it was a volume (ZFS). */
  readonly movedFrom: string | undefined
}

/** Each volume's snapshot with what the inventory has of it. */
export function parts({ snapshot, owner, volumes }: DesiredSnapshot, inventory: Inventory): Part[] {
  return volumes.map(
    ({ number, provider: name, backing, source, sourceOwner, isCopy, movedFrom, options }) => {
      const words = options === undefined ? {} : { options }
      const of = { snapshot, owner, backing, source, ...words }
      const provider = providerOf(name)
      const ability = provider?.snapshots ?? `this satellite has no provider ${name}`
      const original = provider?.locate(holderStorage(name, backing, source))
      const where = typeof ability === 'string' ? undefined : ability.locate(of)
      const place = where && inventory.places.get(where.place)
      return {
        number,
        provider: name,
        isCopy: isCopy === true,
        of,
        ability,
        key: where?.key ?? `${backing}/${source}_${snapshot}`,
        isPlaceSeen: place?.state === 'present',
        object: where && inventory.objects.get(where.key),
        source: original && inventory.objects.get(original.key),
        sourceKey: original?.key ?? source,
        sourceOwner,
        movedFrom,
      }
    },
  )
}

/** Received by ZFS, and not marked yet: it lies in a volume that we made to hold it. */
export const isUnmarked = (part: Part) =>
  isHeld(part) && part.source?.owner === part.sourceOwner && part.object?.owner === undefined

/** Taken of a volume that has another name since, so the mark that it bears is of that name. */
const isLeftBehind = (part: Part) =>
  wasMarkedAs(part, part.object, { owner: part.of.owner, at: `@${part.of.snapshot}` })

/** A volume that its replica left behind, and its snapshots, get the marks of their new name. */
export function adoptSteps(part: Part): Step[] {
  const { ability, source, sourceOwner, of } = part
  if (typeof ability === 'string' || ability.transfer.kind !== 'zfs') return []
  const isHolder = wasMarkedAs(part, source, { owner: sourceOwner, at: '' })
  return [
    ...(isHolder ? ability.transfer.hold(of, sourceOwner) : []),
    ...(isLeftBehind(part) ? ability.transfer.finish(of) : []),
  ]
}

function wasMarkedAs(
  { movedFrom, of }: Part,
  object: BackingObject | undefined,
  { owner, at }: { readonly owner: string; readonly at: string },
): boolean {
  const mark = object?.strayMark
  return (
    movedFrom !== undefined &&
    mark?.owner === owner &&
    mark.of === `${of.backing}/${movedFrom}${at}`
  )
}

export function partProblem(part: Part, { step }: DesiredSnapshot): string | undefined {
  const { ability, object, source, sourceOwner, key, sourceKey, isPlaceSeen } = part
  if (typeof ability === 'string') return ability
  if (!isPlaceSeen) return undefined
  if (object && !isOurs(part) && !isLeftBehind(part) && !(step === 'receive' && isUnmarked(part)))
    return `${key} exists but ${whose(object)}, so it is left alone`
  if (step === 'receive') {
    if (!isHeld(part) || !source || source.owner === sourceOwner) return undefined
    return `${sourceKey} ${whose(source)}, so no copy is put into it`
  }
  if (step === 'keep') {
    return object ? undefined : `${key} is not there: it was not taken here, or has been removed`
  }
  if (source && source.owner !== sourceOwner) {
    return `${sourceKey} ${whose(source)}, so no snapshot of it is taken`
  }
  return step === 'take' && !source ? `${sourceKey} is not there` : undefined
}

export function whose({ owner }: BackingObject): string {
  return owner === undefined ? 'carries no mark of Varve' : `is ${owner}'s`
}

/** Whether the older snapshot that differences are told against is there, whole and ours. */
export function hasBase(
  { ability, of }: Part,
  base: { readonly snapshot: string; readonly owner: string },
  inventory: Inventory,
): boolean {
  if (typeof ability === 'string') return false
  const found = inventory.objects.get(ability.locate({ ...of, ...base }).key)
  return found?.owner === base.owner && !found.isNew
}

export const isOurs = ({ object, of }: Part) => object?.owner === of.owner

/** Its source is no volume of a resource, but what was made to hold copies. */
export const isHeld = ({ isCopy, ability }: Part) =>
  isCopy && typeof ability === 'object' && ability.transfer.kind === 'zfs'

export function isComplete(wanted: DesiredSnapshot, inventory: Inventory): boolean {
  return parts(wanted, inventory).every((part) => isOurs(part) && part.object?.isNew === false)
}

export function isSeen(wanted: DesiredSnapshot, inventory: Inventory): boolean {
  return parts(wanted, inventory).every(
    ({ ability, isPlaceSeen }) => isPlaceSeen || typeof ability === 'string',
  )
}
