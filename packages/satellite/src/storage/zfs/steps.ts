/** Commands for ZFS volumes. Each destructive one is planned only for an object with our owner. */
import type { DesiredStorage } from '@varve/events'
import type { BackingObject } from '../../core/inventory.ts'
import { run, type Step } from '../../core/step.ts'
import { creationOptions, settleUdev } from '../options.ts'
import type { StorageProvider } from '../provider.ts'
import { ownerProperty, ownerValue, stateProperty } from './mark.ts'
import { zfsKey } from './parse.ts'
import { zfsSnapshots } from './snapshots.ts'

const columns = [
  'name',
  'type',
  'volsize',
  'volblocksize',
  'referenced',
  'refreservation',
  'available',
  'quota',
]
/** What anybody may write comes last. */
const marks = [stateProperty, ownerProperty]

/** All pools: one that is not listed is certainly not imported. */
export const zpoolListArgv = ['zpool', 'list', '-H', '-p', '-o', 'name,size,health'] as const

/** The datasets and what is directly in them; the snapshots of those only if somebody asks. */
export function zfsListArgv(datasets: readonly string[], withSnapshots = false): string[] {
  const types = 'filesystem,volume'
  const what = withSnapshots ? ['-d', '2', '-t', `${types},snapshot`] : ['-d', '1', '-t', types]
  const all = [...columns, ...(withSnapshots ? ['defer_destroy'] : []), ...marks]
  return ['zfs', 'list', '-H', '-p', ...what, '-o', all.join(','), ...datasets]
}

/** Makes nothing: asks which size a volume of 1 KiB would get (reference 3.3). */
export function probeArgv(dataset: string): string[] {
  return ['zfs', 'create', '-n', '-P', '-s', '-V', '1K', `${dataset}/varve_probe`]
}

const datasetOf = (storage: DesiredStorage) => `${storage.backing}/${storage.name}`

export function zvolDirectory(dataset: string): string {
  return `/dev/zvol/${dataset}`
}

/** Thick and sparse volumes differ in nothing but `-s`. */
export function zfsProvider(sparse: readonly string[]): StorageProvider {
  return {
    locate: (storage) => ({ place: zfsKey(storage.backing), key: zfsKey(datasetOf(storage)) }),
    // udev makes the link after `zfs create` has ended: only the next look knows that it is there.
    device: () => undefined,
    create: (storage) => [createVolume(storage, sparse)],
    activate,
    deactivate: () => [],
    // Blocks that nobody has written are zero, whatever their space held before.
    clean: () => [],
    settle: (storage) => [
      // A clone reserves nothing; told so when it is made, zfs leaves one behind even if it fails.
      ...(storage.from && sparse.length === 0 ? [reserve(datasetOf(storage))] : []),
      run(
        'settle',
        ['zfs', 'set', `${stateProperty}=ready`, datasetOf(storage)],
        `the ZFS volume ${datasetOf(storage)} is ready: nothing formats it any more`,
      ),
    ],
    grow,
    shrink,
    // Without -r: a volume of which somebody has a snapshot or a clone stays, and zfs says why.
    remove: (storage) => [storage.keepAs === undefined ? destroy(storage) : rename(storage)],
    snapshots: zfsSnapshots,
  }
}

export const zfs: StorageProvider = zfsProvider([])

function destroy(storage: DesiredStorage): Step {
  const dataset = datasetOf(storage)
  const why = `the ZFS volume ${dataset} is not wanted any more`
  return run('zfs destroy', ['zfs', 'destroy', dataset], why)
}

/** Its mark names the dataset that it was put on, so until it is put on anew it is nobody's volume. */
function rename(storage: DesiredStorage): Step {
  const dataset = datasetOf(storage)
  const why = `the ZFS volume ${dataset} is not wanted any more, but snapshots of it are`
  return run('zfs rename', ['zfs', 'rename', dataset, `${storage.backing}/${storage.keepAs}`], why)
}

/** The marks are there from the first moment: a crash never leaves an object that is nobody's. */
function createVolume(storage: DesiredStorage, sparse: readonly string[]): Step {
  const dataset = datasetOf(storage)
  const marks = [
    `${ownerProperty}=${ownerValue(storage.owner, dataset)}`,
    `${stateProperty}=new`,
  ].flatMap((property) => ['-o', property])
  return run(
    'zfs create',
    [
      'zfs',
      'create',
      ...sparse,
      '-V',
      `${storage.sizeKib}K`,
      ...creationOptions(storage),
      ...marks,
      dataset,
    ],
    `there is no ZFS volume ${dataset}`,
  )
}

function reserve(dataset: string): Step {
  const argv = ['zfs', 'set', 'refreservation=auto', dataset]
  return run('zfs reserve', argv, `the ZFS volume ${dataset} was cloned: its size is not reserved`)
}

/** Events may have been lost or still be under way. */
function activate(storage: DesiredStorage): Step[] {
  const device = zvolDirectory(datasetOf(storage))
  const why = `udev has made no ${device} yet`
  const trigger = ['udevadm', 'trigger', '--action=change', '--subsystem-match=block']
  return [
    run('udevadm trigger', [...trigger, '--sysname-match=zd*'], why),
    settleUdev(storage, device, why),
  ]
}

/** zfs accepts whole blocks only; a volume keeps the block size that it was made with. */
function grow(storage: DesiredStorage, object: BackingObject): Step[] {
  const sizeKib = wholeBlocks(storage.sizeKib, object.blockKib)
  return object.sizeKib < sizeKib ? setSize(storage, object, sizeKib) : []
}

function shrink(storage: DesiredStorage, object: BackingObject): Step[] {
  const sizeKib = wholeBlocks(storage.sizeKib, object.blockKib)
  return object.sizeKib > sizeKib ? setSize(storage, object, sizeKib) : []
}

function setSize(storage: DesiredStorage, object: BackingObject, sizeKib: number): Step[] {
  const dataset = datasetOf(storage)
  return [
    run(
      'zfs set volsize',
      ['zfs', 'set', `volsize=${sizeKib}K`, dataset],
      `the ZFS volume ${dataset} has ${object.sizeKib} KiB, and shall have ${sizeKib}`,
    ),
  ]
}

/** `sizeKib` rounded up to a multiple of `blockKib`; a block size that is not known rounds nothing. */
export function wholeBlocks(sizeKib: number, blockKib = 1): number {
  const block = Math.max(1, blockKib)
  return Math.ceil(sizeKib / block) * block
}
