/** Why nothing of a resource may be touched now: what is missing, or somebody else's. */
import type {
  DesiredResource,
  DesiredStorage,
  DesiredVolume,
  PresentResource,
  StepProblem,
} from '@varve/events'
import { foreignDrbd } from '../layers/drbd/guard.ts'
import { is84 } from '../layers/drbd/steps.ts'
import { cryptObstacle } from '../layers/luks/plan.ts'
import { initiatorObstacle } from '../layers/nvme/initiator.ts'
import { targetObstacle } from '../layers/nvme/target.ts'
import { restoreObstacle } from '../snapshots/restore.ts'
import { optionsProblem } from '../storage/options.ts'
import { providerOf } from '../storage/table.ts'
import { companionStorages } from './companions.ts'
import { cachedPlace, type Inventory } from './inventory.ts'
import type { Obstacle } from './problem.ts'

const supported: ReadonlySet<string> = new Set([
  'DRBD',
  'NVME',
  'LUKS',
  'WRITECACHE',
  'CACHE',
  'BCACHE',
  'STORAGE',
])

const because = (reason: string | undefined, problem?: StepProblem): Obstacle | undefined =>
  reason === undefined ? undefined : { reason, ...(problem === undefined ? {} : { problem }) }

/** Whatever makes it wrong or impossible to touch anything of this resource. */
export function obstacle(document: DesiredResource, inventory: Inventory): Obstacle | undefined {
  const layer = document.layers.find((l) => !supported.has(l))
  if (layer) return { reason: `this satellite has no ${layer} layer` }
  const nvme = targetObstacle(document, inventory) ?? initiatorObstacle(document, inventory)
  if (nvme) return nvme
  const volumes = document.state === 'present' ? allVolumes(document) : document.volumes
  for (const volume of volumes) {
    const { storage } = volume
    const found =
      storage &&
      (placeObstacle(storage, inventory) ??
        // What is somebody else's is left alone either way; a removal has nothing to do with it.
        (document.state === 'present'
          ? (because(ownerObstacle(storage, inventory), 'foreign') ??
            because(cryptObstacle(volume, inventory)) ??
            (document.inactive === undefined
              ? (because(lossObstacle(volume, inventory), 'data-gone') ??
                because(optionsObstacle(storage, inventory)) ??
                because(restoreObstacle(volume, inventory)))
              : undefined))
          : undefined))
    if (found) return found
    const hidden = document.state === 'absent' ? hiddenCompanion(volume, inventory) : undefined
    if (hidden) return hidden
  }
  if (!document.layers.includes('DRBD')) return undefined
  const foreign = document.state === 'present' ? foreignDrbd(document, inventory) : undefined
  return because(drbdObstacle(document, inventory)) ?? because(foreign, 'foreign')
}

function drbdObstacle(document: DesiredResource, inventory: Inventory): string | undefined {
  const { drbd } = inventory
  if (drbd.unknown !== undefined) return `DRBD cannot be asked: ${drbd.unknown}`
  if (document.state === 'present') {
    if (drbd.version === undefined) return 'no DRBD kernel module is loaded on this node'
    if (!document.drbd) return 'the document names DRBD but says nothing about it'
    const { peers, self } = document.drbd
    const isPair = peers.length === 1 && [self, ...peers].every((host) => host.kind === 'diskful')
    if (is84(inventory) && !isPair) {
      return `DRBD ${drbd.version} needs exactly two diskful replicas; DRBD 9 has no such limit`
    }
  }
  return undefined
}

/** Volumes that stay and volumes that go. */
function allVolumes(document: PresentResource): DesiredVolume[] {
  return [...document.volumes, ...document.removed]
}

function placeObstacle(storage: DesiredStorage, inventory: Inventory): Obstacle | undefined {
  const provider = providerOf(storage.provider)
  if (!provider) return { reason: `this satellite has no provider ${storage.provider}` }
  const { place } = provider.locate(storage)
  const where = inventory.places.get(place) ?? { state: 'unknown', reason: 'it was not looked at' }
  if (where.state === 'present') return undefined
  if (where.state === 'missing') {
    return { reason: `${place} of pool ${storage.pool} is not there`, problem: 'pool-missing' }
  }
  return { reason: `${place} cannot be looked at: ${where.reason}`, problem: 'pool-unreadable' }
}

/** Where a whole pool is gone there is nothing to remove; where it cannot be looked at, there may be. */
function hiddenCompanion(volume: DesiredVolume, inventory: Inventory): Obstacle | undefined {
  for (const storage of companionStorages(volume)) {
    const found = placeObstacle(storage, inventory)
    if (found?.problem === 'pool-unreadable') return found
  }
  const closing = volume.cache ? inventory.places.get(cachedPlace) : undefined
  if (closing?.state !== 'unknown') return undefined
  return { reason: `caches cannot be looked at: ${closing.reason}` }
}

function ownerObstacle(storage: DesiredStorage, inventory: Inventory): string | undefined {
  const key = providerOf(storage.provider)?.locate(storage).key ?? storage.name
  const object = inventory.objects.get(key)
  if (object && object.owner !== storage.owner) {
    const whose = object.owner === undefined ? 'carries no mark of Varve' : `is ${object.owner}'s`
    return `${key} exists but ${whose}, so it is left alone`
  }
  return undefined
}

/** What is there already needs no options any more. */
function optionsObstacle(storage: DesiredStorage, inventory: Inventory): string | undefined {
  const key = providerOf(storage.provider)?.locate(storage).key ?? storage.name
  return inventory.objects.has(key) ? undefined : optionsProblem(storage)
}

/** An empty device in place of the only copy would look as if all were well. */
function lossObstacle(volume: DesiredVolume, inventory: Inventory): string | undefined {
  const { storage, mustBeThere } = volume
  const key = storage && providerOf(storage.provider)?.locate(storage).key
  if (!mustBeThere || key === undefined || inventory.objects.has(key)) return undefined
  return `${key} has been in use and is gone: nothing empty takes its place. Bring it back, or delete the resource and create it anew`
}
