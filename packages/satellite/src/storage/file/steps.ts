/** Commands for image files behind loop devices, thick. */
import type { DesiredStorage } from '@varve/events'
import { type BackingObject, withoutSlash } from '../../core/inventory.ts'
import { remove, run, type Step, timeouts, write } from '../../core/step.ts'
import type { StorageProvider } from '../provider.ts'
import { sidecarOf, sidecarText } from './mark.ts'
import { fileSnapshots } from './snapshots.ts'

export const losetupArgv = ['losetup', '--json', '--list', '--output', 'NAME,BACK-FILE'] as const

export function findArgv(directories: readonly string[]): string[] {
  return [
    'find',
    ...directories,
    ...['-mindepth', '1', '-maxdepth', '1', '-type', 'f', '-printf', '%s\\t%b\\t%p\\n'],
  ]
}

export function dfArgv(directories: readonly string[]): string[] {
  return ['df', '--block-size=1024', '--output=size,avail,file', ...directories]
}

function imageOf(storage: DesiredStorage): string {
  return `${withoutSlash(storage.backing)}/${storage.name}.img`
}

/** The command that gives an image its size, and the same again to grow it. */
export type Allocate = (image: string, sizeKib: number) => Step

const fallocate: Allocate = (image, sizeKib) =>
  run(
    'fallocate',
    ['fallocate', '--posix', '--length', `${sizeKib}KiB`, image],
    `the image ${image} shall have ${sizeKib} KiB`,
    { timeoutMs: timeouts.bulk },
  )

/** Image files whose space is given by `allocate`. */
export function fileProvider(allocate: Allocate): StorageProvider {
  return {
    locate: (storage) => ({ place: withoutSlash(storage.backing), key: imageOf(storage) }),
    mark: (storage) => sidecarOf(imageOf(storage)),
    device: () => undefined,
    // The mark first: an image without one would be foreign for ever.
    create: (storage) => [
      write(
        sidecarOf(imageOf(storage)),
        sidecarText(storage.owner, 'new'),
        `${imageOf(storage)} is going to be ours`,
      ),
      allocate(imageOf(storage), storage.sizeKib),
      ...attach(storage),
    ],
    activate: attach,
    deactivate: (_storage, object) => detach(object, 'shall not be attached'),
    // A new file reads as zeroes.
    clean: () => [],
    settle: (storage) => [
      write(
        sidecarOf(imageOf(storage)),
        sidecarText(storage.owner, 'ready'),
        `${imageOf(storage)} is ready: nothing formats it any more`,
      ),
    ],
    grow: (storage, object) => growImage(allocate, storage, object),
    shrink: shrinkImage,
    remove: (_storage, object) => removeImage(object),
    snapshots: fileSnapshots,
  }
}

function attach(storage: DesiredStorage): Step[] {
  return [
    run(
      'losetup',
      ['losetup', '--find', '--show', '--nooverlap', imageOf(storage)],
      `the image ${imageOf(storage)} has no loop device`,
    ),
  ]
}

function shrinkImage(storage: DesiredStorage, object: BackingObject): Step[] {
  if (object.sizeKib <= storage.sizeKib) return []
  const why = `the image ${object.key} has ${object.sizeKib} KiB, and shall have ${storage.sizeKib}`
  return [
    run('truncate', ['truncate', '--no-create', `--size=${storage.sizeKib}K`, object.key], why),
    ...(object.device === undefined ? [] : takeSize(object.device)),
  ]
}

function takeSize(device: string): Step[] {
  const why = `${device} does not have its image's size yet`
  return [run('losetup', ['losetup', '--set-capacity', device], why)]
}

function growImage(allocate: Allocate, storage: DesiredStorage, object: BackingObject): Step[] {
  const isSmall = object.sizeKib < storage.sizeKib
  const sizeKib = Math.max(object.sizeKib, storage.sizeKib)
  // Also of one that was killed while it made the image smaller.
  const isStale = object.deviceKib !== undefined && object.deviceKib !== sizeKib
  return [
    ...(isSmall ? [allocate(object.key, storage.sizeKib)] : []),
    ...(isStale && object.device !== undefined ? takeSize(object.device) : []),
  ]
}

/**
 * Detach only, as long as there is a device: losetup answers with success and detaches later when
 * somebody has it open, so the files go when a new inventory shows the image without a device.
 */
function removeImage(object: BackingObject): Step[] {
  if (object.device !== undefined) return detach(object, 'is not wanted any more')
  return [
    remove(object.key, 'the image is not wanted any more'),
    remove(sidecarOf(object.key), 'its image is gone'),
  ]
}

function detach({ device, key }: BackingObject, why: string): Step[] {
  return device === undefined
    ? []
    : [run('losetup', ['losetup', '--detach', device], `the image ${key} ${why}`)]
}

export const file: StorageProvider = fileProvider(fallocate)
