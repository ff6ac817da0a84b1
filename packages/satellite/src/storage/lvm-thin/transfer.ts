/** Snapshots of thin LVs on their way: active only while they are read or written. */
import { run, type Step } from '../../core/step.ts'
import { newTag } from '../lvm/mark.ts'
import { lvmConfig, newMarks } from '../lvm/steps.ts'
import type { BlockTransfer, SnapshotObject } from '../provider.ts'
import { groupOf, keyOf, nameOf } from './names.ts'

export const lvmThinTransfer: BlockTransfer = {
  kind: 'blocks',
  path: (of) => `/dev/${keyOf(of)}`,
  open: (of) => [
    run(
      'activate',
      ['lvchange', ...lvmConfig, '--activate', 'y', '--ignoreactivationskip', keyOf(of)],
      `the snapshot ${keyOf(of)} is to be read`,
    ),
  ],
  // Somebody else may be reading it, too.
  close: (of) => [deactivate(of, `the snapshot ${keyOf(of)} is read`, true)],
  prepare: (of, sizeKib, base) => [make(of, sizeKib, base)],
  finish: (of) => [
    deactivate(of, `the snapshot ${keyOf(of)} has come as a whole`, false),
    change(of, ['--permission', 'r', '--setactivationskip', 'y']),
    change(of, ['--deltag', newTag]),
  ],
  obstacle: ({ backing }, inventory) =>
    inventory.objects.get(backing)?.zeroes === false
      ? `the thin pool ${backing} does not zero new blocks, so what is written in part would show what they held before: lvchange --zero y ${backing}`
      : undefined,
}

function deactivate(of: SnapshotObject, why: string, mayFail: boolean): Step {
  const argv = ['lvchange', ...lvmConfig, '--activate', 'n', keyOf(of)]
  return run('deactivate', argv, why, mayFail ? { mayFail } : {})
}

function change(of: SnapshotObject, words: readonly string[]): Step {
  const argv = ['lvchange', ...lvmConfig, ...words, keyOf(of)]
  return run('lvchange', argv, `the snapshot ${keyOf(of)} has come as a whole`)
}

/** Active at once, writable, and new until all has come. */
function make(of: SnapshotObject, sizeKib: number, base: SnapshotObject | undefined): Step {
  const { backing, owner } = of
  const from = base
    ? ['--snapshot', '--setactivationskip', 'n', '--permission', 'rw']
    : ['--virtualsize', `${sizeKib}k`, '--thinpool', backing.split('/')[1] ?? '']
  return run(
    'lvcreate',
    [
      ...['lvcreate', ...lvmConfig, '--yes', ...from, ...newMarks({ owner })],
      ...['--name', nameOf(of), base ? keyOf(base) : groupOf(backing)],
    ],
    `the snapshot ${keyOf(of)} is to come from another node`,
  )
}
