/** A volume that shall be smaller: from the top down, and only what nobody uses and nothing fills. */
import { mappingDevice } from '../layers/luks/names.ts'
import { mappingOf } from '../layers/luks/plan.ts'
import { type LuksVolume, shrinkMappingSteps } from '../layers/luks/steps.ts'
import type { BackingObject, Inventory } from './inventory.ts'
import type { Located } from './located.ts'
import type { Obstacle } from './problem.ts'
import { fits, type Step } from './step.ts'

type Opened = Located & { readonly object: BackingObject & { readonly device: string } }

/** Empty: it is no larger than it shall be, or nobody has asked for that, or it is in use. */
export function shrinkSteps(
  item: Opened,
  luks: LuksVolume | undefined,
  inventory: Inventory,
): Step[] {
  const { volume, storage, provider, object } = item
  if (shrinkProblem(item, inventory) || !isShrinking(item)) return []
  const reduce = provider.shrink(storage, object)
  if (reduce.length === 0) return []
  const why = `volume ${volume.number} shall be smaller`
  if (!luks) return [fits(object.device, storage.sizeKib, why), ...reduce]
  const mapping = mappingOf(volume, inventory)
  if (!mapping) return []
  const sizeKib = storage.sizeKib - mapping.offsetKib
  if (mapping.sizeKib <= sizeKib) return reduce
  return [
    fits(mappingDevice(storage.name), sizeKib, why),
    ...shrinkMappingSteps(luks, mapping, sizeKib),
  ]
}

/** LVM knows of everybody who has it open, also of those who have not claimed it. */
export function shrinkProblem(item: Located, inventory: Inventory): Obstacle | undefined {
  const { volume, storage, object } = item
  const isUnknown = object?.isOpen !== true || volume.luks !== undefined
  if (isUnknown || !isShrinking(item) || object.sizeKib <= storage.sizeKib) return undefined
  const reason = `volume ${volume.number} cannot become smaller while ${object.device ?? object.key} is open on ${inventory.uname}: unmount it, and stop what uses it`
  return { reason, problem: 'device-busy' }
}

/** As long as it does, nothing of it grows back to what is below. */
export const isShrinking = ({ volume, storage }: Located): boolean =>
  storage.shrink === true && volume.drbd === undefined && volume.cache === undefined
