/** The objects that a snapshot is made of, beside what the inventory has of them. */
import type { DesiredSnapshot, PresentResource } from '@varve/events'
import type { BackingObject, Inventory } from '../core/inventory.ts'
import type { SnapshotAbility, SnapshotObject } from '../storage/provider.ts'
import { providerOf } from '../storage/table.ts'

/** Keys of all that belongs to the document's snapshots. */
export function snapshotKeys(document: PresentResource): string[] {
  return (document.snapshots ?? []).flatMap((wanted) =>
    wanted.volumes.flatMap(({ provider, backing, source }) => {
      const ability = providerOf(provider)?.snapshots
      if (ability === undefined || typeof ability === 'string') return []
      return [ability.locate({ ...wanted, backing, source }).key]
    }),
  )
}

export type Part = {
  readonly of: SnapshotObject
  /** A sentence when the provider has no snapshots. */
  readonly ability: SnapshotAbility | string
  readonly key: string
  readonly isPlaceSeen: boolean
  readonly object: BackingObject | undefined
  readonly source: BackingObject | undefined
  readonly sourceKey: string
  readonly sourceOwner: string
}

/** Each volume's snapshot with what the inventory has of it. */
export function parts({ snapshot, owner, volumes }: DesiredSnapshot, inventory: Inventory): Part[] {
  return volumes.map(({ provider: name, backing, source, sourceOwner }) => {
    const of = { snapshot, owner, backing, source }
    const provider = providerOf(name)
    const ability = provider?.snapshots ?? `this satellite has no provider ${name}`
    const storage = { pool: '', provider: name, backing, name: source, owner: '', sizeKib: 0 }
    const original = provider?.locate({ ...storage, props: {} })
    const where = typeof ability === 'string' ? undefined : ability.locate(of)
    const place = where && inventory.places.get(where.place)
    return {
      of,
      ability,
      key: where?.key ?? `${backing}/${source}_${snapshot}`,
      isPlaceSeen: place?.state === 'present',
      object: where && inventory.objects.get(where.key),
      source: original && inventory.objects.get(original.key),
      sourceKey: original?.key ?? source,
      sourceOwner,
    }
  })
}

export function partProblem(part: Part, { step }: DesiredSnapshot): string | undefined {
  const { ability, object, source, sourceOwner, key, sourceKey, isPlaceSeen } = part
  if (typeof ability === 'string') return ability
  if (!isPlaceSeen) return undefined
  if (object && !isOurs(part)) return `${key} exists but ${whose(object)}, so it is left alone`
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

export const isOurs = ({ object, of }: Part) => object?.owner === of.owner

export function isComplete(wanted: DesiredSnapshot, inventory: Inventory): boolean {
  return parts(wanted, inventory).every(isOurs)
}

export function isSeen(wanted: DesiredSnapshot, inventory: Inventory): boolean {
  return parts(wanted, inventory).every(
    ({ ability, isPlaceSeen }) => isPlaceSeen || typeof ability === 'string',
  )
}
