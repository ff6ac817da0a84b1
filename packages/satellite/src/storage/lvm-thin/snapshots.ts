/** Snapshots of thin LVs: LVs of the same pool that share their blocks with their source. */
import { run } from '../../core/step.ts'
import { ownerTag } from '../lvm/mark.ts'
import { lvmConfig, newMarks } from '../lvm/steps.ts'
import type { SnapshotAbility, SnapshotObject } from '../provider.ts'

const groupOf = (backing: string) => backing.split('/')[0] ?? backing
const nameOf = ({ source, snapshot }: SnapshotObject) => `${source}_${snapshot}`
const keyOf = (of: SnapshotObject) => `${groupOf(of.backing)}/${nameOf(of)}`

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
}
