/** Snapshots of thin LVs: LVs of the same pool that share their blocks with their source. */
import type { DesiredStorage } from '@varve/events'
import { run, type Step } from '../../core/step.ts'
import { ownerTag, rollbackTag } from '../lvm/mark.ts'
import { lvmConfig, newMarks } from '../lvm/steps.ts'
import { snapshotOptions } from '../options.ts'
import type { RollBack, SnapshotAbility, SnapshotObject } from '../provider.ts'
import { groupOf, keyOf, nameOf } from './names.ts'
import { lvmThinTransfer } from './transfer.ts'

/** A full stop is in no name of ours, so no snapshot can be called this. */
const spareName = (storage: DesiredStorage) => `${storage.name}.rollback`
const spareKey = (storage: DesiredStorage) => `${groupOf(storage.backing)}/${spareName(storage)}`

export const lvmThinSnapshots: SnapshotAbility = {
  locate: (of) => ({ place: groupOf(of.backing), key: keyOf(of) }),
  // Read-only and never active by itself: nobody scans it, and nobody mounts it by mistake.
  take: (of) => [
    run(
      'lvcreate',
      [
        'lvcreate',
        ...lvmConfig,
        '--yes',
        '--snapshot',
        '--setactivationskip',
        'y',
        '--permission',
        'r',
        '--addtag',
        ownerTag(of.owner),
        '--name',
        nameOf(of),
        `${groupOf(of.backing)}/${of.source}`,
        ...snapshotOptions('lvcreate --snapshot', of.options),
      ],
      `there is no snapshot ${keyOf(of)}`,
    ),
  ],
  remove: (of) => [
    run(
      'lvremove',
      [
        'lvremove',
        ...lvmConfig,
        '--yes',
        '--select',
        `lv_tags={"${ownerTag(of.owner)}"}`,
        keyOf(of),
      ],
      `the snapshot ${keyOf(of)} is not wanted any more`,
    ),
  ],
  restore: (storage, from) => [
    run(
      'lvcreate',
      [
        'lvcreate',
        ...lvmConfig,
        '--yes',
        '--snapshot',
        '--setactivationskip',
        'n',
        '--permission',
        'rw',
        ...newMarks(storage),
        '--name',
        storage.name,
        keyOf(from),
      ],
      `there is no thin volume ${groupOf(storage.backing)}/${storage.name}; it begins as ${keyOf(from)}`,
    ),
  ],
  transfer: lvmThinTransfer,
  spare: spareKey,
  rollBack,
}

/**
 * The new volume is there, whole and marked, before the old one goes. `lvconvert --merge` would use
 * the snapshot up.
 */
function rollBack({ storage, from, operation, object, spare }: RollBack): Step[] {
  const group = groupOf(storage.backing)
  const key = `${group}/${storage.name}`
  const why = `${key} shall have the content of ${keyOf(from)}`
  if (!spare) return [copyTo(storage, from, operation, why)]
  if (spare.rolledBack !== operation) {
    return [removeOwn(storage, spareKey(storage), `${spare.key} is left of another rollback`)]
  }
  return [
    ...(object ? [removeOwn(storage, key, `${why}, which is in ${spare.key}`)] : []),
    run('lvrename', ['lvrename', ...lvmConfig, group, spareName(storage), storage.name], why),
  ]
}

function copyTo(storage: DesiredStorage, from: SnapshotObject, operation: string, why: string) {
  const marks = [ownerTag(storage.owner), rollbackTag(operation)]
  return run(
    'lvcreate',
    [
      ...['lvcreate', ...lvmConfig, '--yes', '--snapshot', '--activate', 'n'],
      ...['--setactivationskip', 'n', '--permission', 'rw'],
      ...marks.flatMap((tag) => ['--addtag', tag]),
      ...['--name', spareName(storage), keyOf(from)],
    ],
    why,
  )
}

/** LVM looks at the mark once more, and leaves alone what somebody has open. */
function removeOwn({ owner }: DesiredStorage, key: string, why: string): Step {
  const select = ['--select', `lv_tags={"${ownerTag(owner)}"}`]
  return run('lvremove', ['lvremove', ...lvmConfig, '--yes', ...select, key], why)
}
