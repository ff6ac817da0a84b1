/** Commands for LVs. Each destructive one is planned only for an object that carries our owner. */
import type { DesiredStorage } from '@varve/events'
import type { BackingObject } from '../../core/inventory.ts'
import { run, type Step, timeouts } from '../../core/step.ts'
import { afterLvcreate, creationOptions, segmentType } from '../options.ts'
import type { StorageProvider } from '../provider.ts'
import { newTag, ownerTag } from './mark.ts'

/**
 * LVM would read every DRBD device and every ZFS volume in search of volume groups, and hang on one
 * whose I/O is suspended (seen: not even a signal ended lvs then). This overrides the administrator's `filter` (not `global_filter`) for our calls only.
 */
export const lvmConfig = [
  '--config',
  'devices { filter=[ "r|^/dev/drbd.*|", "r|^/dev/zd.*|" ] }',
] as const

const vgsFields = 'vg_name,vg_size,vg_free,vg_extent_size'
const lvsFields = `lv_name,lv_size,lv_attr,lv_tags,pool_lv,data_percent,metadata_percent,${vgsFields}`
const report = ['--reportformat', 'json', '--units', 'k', '--nosuffix'] as const

export function lvsArgv(groups: readonly string[]): string[] {
  return ['lvs', ...lvmConfig, ...report, '--options', lvsFields, ...groups]
}

export function vgsArgv(groups: readonly string[]): string[] {
  return ['vgs', ...lvmConfig, ...report, '--options', vgsFields, ...groups]
}

/** What a provider of LVs calls them. */
export function locateLv(storage: DesiredStorage): { place: string; key: string } {
  const place = storage.backing.split('/')[0] ?? storage.backing
  return { place, key: `${place}/${storage.name}` }
}

const deviceOf = (storage: DesiredStorage) => `/dev/${locateLv(storage).key}`

/** The marks that every new LV gets. */
export function newMarks(storage: Pick<DesiredStorage, 'owner'>): string[] {
  return ['--addtag', ownerTag(storage.owner), '--addtag', newTag]
}

/** No boot of any node brings up what is on shared disks: it may be open on another one. */
function notByItself({ shared }: DesiredStorage): string[] {
  return shared ? ['--setactivationskip', 'y', '--ignoreactivationskip', '--activate', 'y'] : []
}

/** Steps that thick and thin LVs share. */
export const lvSteps: Omit<StorageProvider, 'create' | 'clean' | 'snapshots'> = {
  locate: locateLv,
  device: deviceOf,
  activate: (storage) => [
    run(
      'activate',
      [
        'lvchange',
        ...lvmConfig,
        '--activate',
        'y',
        '--ignoreactivationskip',
        locateLv(storage).key,
      ],
      `the logical volume ${locateLv(storage).key} is not active`,
    ),
  ],
  // Fails while anybody has it open.
  deactivate: (storage) => [
    run(
      'deactivate',
      ['lvchange', ...lvmConfig, '--activate', 'n', locateLv(storage).key],
      `the logical volume ${locateLv(storage).key} shall not be open on this node`,
    ),
  ],
  settle: (storage) => [
    run(
      'settle',
      ['lvchange', ...lvmConfig, '--deltag', newTag, locateLv(storage).key],
      `the logical volume ${locateLv(storage).key} is ready: nothing formats it any more`,
    ),
  ],
  grow: growLv,
  shrink: shrinkLv,
  remove: (storage) => [
    run(
      'lvremove',
      [
        'lvremove',
        ...lvmConfig,
        '--yes',
        '--select',
        `lv_tags={"${ownerTag(storage.owner)}"}`,
        locateLv(storage).key,
      ],
      `the logical volume ${locateLv(storage).key} is not wanted any more`,
    ),
  ],
}

function growLv(storage: DesiredStorage, object: BackingObject): Step[] {
  if (object.sizeKib >= storage.sizeKib) return []
  return [
    run(
      'lvextend',
      ['lvextend', ...lvmConfig, '--size', `${storage.sizeKib}k`, object.key],
      `the logical volume ${object.key} has ${object.sizeKib} of ${storage.sizeKib} KiB`,
    ),
  ]
}

/** From 2.03.17 on LVM itself looks at file systems once more. */
function shrinkLv(storage: DesiredStorage, object: BackingObject): Step[] {
  if (object.sizeKib <= storage.sizeKib) return []
  return [
    run(
      'lvreduce',
      ['lvreduce', ...lvmConfig, '--yes', '--size', `${storage.sizeKib}k`, object.key],
      `the logical volume ${object.key} has ${object.sizeKib} KiB, and shall have ${storage.sizeKib}`,
    ),
  ]
}

export const lvm: StorageProvider = {
  ...lvSteps,
  create: (storage) => [
    run(
      'lvcreate',
      [
        'lvcreate',
        ...lvmConfig,
        '--yes',
        '--wipesignatures',
        'y',
        '--zero',
        'y',
        ...newMarks(storage),
        ...notByItself(storage),
        '--size',
        `${storage.sizeKib}k`,
        ...segmentType(storage),
        '--name',
        storage.name,
        locateLv(storage).place,
        ...creationOptions(storage),
      ],
      `there is no logical volume ${locateLv(storage).key}`,
    ),
    ...afterLvcreate(storage, deviceOf(storage)),
  ],
  // lvcreate wipes the beginning only; wipefs also finds DRBD metadata at the end.
  clean: (storage) => [
    run(
      'wipefs',
      ['wipefs', '--all', '--quiet', deviceOf(storage)],
      `${deviceOf(storage)} is new: what its space held before must not be found`,
      { timeoutMs: timeouts.bulk },
    ),
  ],
  // A classic snapshot of a thick LV copies on every write, and is lost when its space is full.
  snapshots: 'LVM thick volumes have no snapshots here',
}
