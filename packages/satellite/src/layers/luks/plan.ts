/** Between storage and what is above it: which steps an encrypted volume needs next. Pure. */
import type { DesiredVolume } from '@varve/events'
import type { BackingObject, CryptMapping, Inventory } from '../../core/inventory.ts'
import { cryptPlace } from '../../core/inventory.ts'
import { remove, type Step } from '../../core/step.ts'
import { mappingDevice, mappingName, mappingUuid, rekeyedPath } from './names.ts'
import {
  adoptSteps,
  closeSteps,
  discardSteps,
  eraseSteps,
  formatSteps,
  growSteps,
  isTooSmall,
  type LuksVolume,
  openSteps,
  rekeySteps,
} from './steps.ts'

/** The open mapping of a volume; undefined when it is closed or not encrypted. */
export function mappingOf(volume: DesiredVolume, inventory: Inventory): CryptMapping | undefined {
  return volume.luks && volume.storage
    ? inventory.crypt.get(mappingName(volume.storage.name))
    : undefined
}

/** Why nothing of this volume may be touched. */
export function cryptObstacle(volume: DesiredVolume, inventory: Inventory): string | undefined {
  const { luks, storage } = volume
  if (!luks || !storage) return undefined
  const where = inventory.places.get(cryptPlace)
  if (where?.state === 'unknown') return `dm-crypt cannot be asked: ${where.reason}`
  const mapping = mappingOf(volume, inventory)
  if (!mapping || mapping.uuid === mappingUuid(storage.owner, storage.name)) return undefined
  return `${mappingDevice(storage.name)} exists but is not this volume's, so it is left alone`
}

/** Why a volume that is closed stays so; undefined when it is open or can be opened. */
export function keyProblem(volume: DesiredVolume, inventory: Inventory): string | undefined {
  const { luks } = volume
  if (luks?.key.state !== 'unavailable') return undefined
  if (mustRekey(volume, inventory)) {
    return `volume ${volume.number} cannot get its new passphrase: ${luks.key.reason}`
  }
  const mapping = mappingOf(volume, inventory)
  if (!mapping) return `volume ${volume.number} is encrypted and closed: ${luks.key.reason}`
  const grown = volume.storage && isTooSmall(mapping, volume.storage.sizeKib)
  return grown ? `volume ${volume.number} cannot grow: ${luks.key.reason}` : undefined
}

/** Header and mapping for an object that nobody has used yet; formatted again after a crash. */
export function newLuks(volume: LuksVolume, device: string, clean: readonly Step[]): Step[] {
  if (volume.luks.key.state !== 'sealed') return []
  return [...clean, ...formatSteps(volume, device), ...openSteps(volume, device)]
}

/** The header that came with a snapshot's content becomes this volume's own; nothing formats it. */
export function adoptLuks(volume: LuksVolume, device: string): Step[] {
  return volume.luks.key.state === 'sealed' ? adoptSteps(volume, device) : []
}

/** True while the header may still have the key from before. */
function mustRekey({ luks, storage }: DesiredVolume, inventory: Inventory): boolean {
  if (!luks?.previous || !storage) return false
  return inventory.files.get(rekeyedPath(storage.name))?.trim() !== luks.previous.change
}

/** Another key, before anything else needs it; the note of it goes when the old one does. */
export function rekey(
  volume: DesiredVolume,
  luks: LuksVolume,
  device: string,
  inventory: Inventory,
): Step[] {
  if (mustRekey(volume, inventory)) return rekeySteps(luks, device)
  const path = rekeyedPath(luks.storage.name)
  if (luks.luks.previous || !inventory.files.has(path)) return []
  return [remove(path, 'no other key is known any more')]
}

/** Opens what is closed, grows what is smaller than its device, and lets discards through or not. */
export function openOrGrow(
  volume: LuksVolume,
  object: BackingObject & { readonly device: string },
  mapping: CryptMapping | undefined,
): Step[] {
  if (!mapping) return openSteps(volume, object.device)
  const grow = growSteps(volume, mapping, object.deviceKib ?? object.sizeKib)
  return grow.length > 0 ? grow : discardSteps(volume, mapping)
}

/** An open mapping holds its storage: it is closed, and nothing else happens to it. */
export function closeOwn(volume: DesiredVolume, inventory: Inventory): Step[] {
  const { storage } = volume
  const mapping = mappingOf(volume, inventory)
  const isOurs = storage && mapping?.uuid === mappingUuid(storage.owner, storage.name)
  return storage && isOurs ? closeSteps(storage) : []
}

/**
 * Closes first; the next look shows that it is closed, and then its key slots go. `opened`: shared
 * storage that the last of its twins removes is inactive by then, and gets its device for that.
 */
export function removeLuks(
  volume: DesiredVolume,
  object: BackingObject,
  inventory: Inventory,
  opened?: { readonly device: string; readonly steps: readonly Step[] },
): { readonly steps: Step[]; readonly isClosed: boolean } {
  const { luks, storage } = volume
  if (!luks || !storage) return { steps: [], isClosed: true }
  const mapping = mappingOf(volume, inventory)
  const isOurs = mapping?.uuid === mappingUuid(storage.owner, storage.name)
  if (mapping && isOurs) return { steps: closeSteps(storage), isClosed: false }
  const path = rekeyedPath(storage.name)
  const note = inventory.files.has(path) ? [remove(path, 'its volume is not wanted any more')] : []
  const device = object.device ?? opened?.device
  const open = object.device === undefined ? (opened?.steps ?? []) : []
  const erase = device === undefined ? [] : eraseSteps(device)
  return { steps: [...note, ...open, ...erase], isClosed: true }
}
