/** Snapshots of ZFS volumes, and clones of them. */
import { run } from '../../core/step.ts'
import { snapshotOptions } from '../options.ts'
import type { SnapshotAbility, SnapshotObject } from '../provider.ts'
import { ownerProperty, ownerValue, rolledBackState, stateProperty } from './mark.ts'
import { zfsKey } from './parse.ts'

const nameOf = ({ backing, source, snapshot }: SnapshotObject) => `${backing}/${source}@${snapshot}`

export const zfsSnapshots: SnapshotAbility = {
  locate: (of) => ({ place: zfsKey(of.backing), key: zfsKey(nameOf(of)) }),
  take: (of) => [
    run(
      'zfs snapshot',
      [
        ...['zfs', 'snapshot', '-o'],
        `${ownerProperty}=${ownerValue(of.owner, nameOf(of))}`,
        ...snapshotOptions('zfs snapshot', of.options),
        nameOf(of),
      ],
      `there is no snapshot ${nameOf(of)}`,
    ),
  ],
  // Never -r or -R. With -d one that has clones goes by itself with the last of them.
  remove: (of) => [
    run(
      'zfs destroy',
      ['zfs', 'destroy', '-d', nameOf(of)],
      `the snapshot ${nameOf(of)} is not wanted any more`,
    ),
  ],
  restore: (storage, from) => {
    const dataset = `${storage.backing}/${storage.name}`
    return [
      run(
        'zfs clone',
        [
          ...['zfs', 'clone', '-o'],
          `${ownerProperty}=${ownerValue(storage.owner, dataset)}`,
          ...['-o', `${stateProperty}=new`, nameOf(from), dataset],
        ],
        `there is no ZFS volume ${dataset}; it begins as ${nameOf(from)}`,
      ),
    ]
  },
  // Without -r: it destroys nothing, so a later snapshot of anybody makes it fail.
  rollBack: ({ storage, from, operation }) => {
    const dataset = `${storage.backing}/${storage.name}`
    const why = `${dataset} shall have the content of ${nameOf(from)}`
    const state = `${stateProperty}=${rolledBackState(operation)}`
    return [
      run('zfs rollback', ['zfs', 'rollback', nameOf(from)], why),
      run('zfs set', ['zfs', 'set', state, dataset], `${dataset} has it`),
    ]
  },
  transfer: {
    kind: 'zfs',
    send: (of, base) => [
      ...['zfs', 'send', ...(base ? ['-i', `@${base.snapshot}`] : [])],
      nameOf(of),
    ],
    // Never -F, which destroys what it finds. Nobody shall see, scan or snapshot what holds copies.
    receive: (of, holder) => {
      const properties = holderProperties(of, holder ?? '').flatMap((each) => ['-o', each])
      return ['zfs', 'receive', ...(holder === undefined ? [] : properties), nameOf(of)]
    },
    hold: (of, holder) => [
      run(
        'hold',
        [
          ...['zfs', 'set', ...holderProperties(of, holder), 'refreservation=none'],
          `${of.backing}/${of.source}`,
        ],
        `${of.backing}/${of.source} is no volume any more: it holds its snapshots`,
      ),
    ],
    finish: (of) => [
      run(
        'mark',
        ['zfs', 'set', `${ownerProperty}=${ownerValue(of.owner, nameOf(of))}`, nameOf(of)],
        `the snapshot ${nameOf(of)} has come as a whole`,
      ),
    ],
  },
}

function holderProperties({ backing, source }: SnapshotObject, holder: string): string[] {
  const owner = `${ownerProperty}=${ownerValue(holder, `${backing}/${source}`)}`
  return [owner, 'volmode=none', 'com.sun:auto-snapshot=false']
}
