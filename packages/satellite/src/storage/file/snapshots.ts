/** Snapshots of image files: copies that share their blocks, where the file system can do that. */
import { withoutSlash } from '../../core/inventory.ts'
import { remove, run, type Step, write } from '../../core/step.ts'
import type { SnapshotAbility, SnapshotObject } from '../provider.ts'
import { sidecarOf, sidecarText } from './mark.ts'

const imageOf = (backing: string, name: string) => `${withoutSlash(backing)}/${name}.img`
const snapshotImage = ({ backing, source, snapshot }: SnapshotObject) =>
  imageOf(backing, `${source}_${snapshot}`)

/** Beside its place first: a copy that was cut off must not count as one. */
function copy(from: string, to: string): Step[] {
  const part = `${to}.part`
  const why = `there is no ${to}; it begins as ${from}`
  return [
    run('cp', ['cp', '--reflink=always', '--remove-destination', from, part], why),
    run('mv', ['mv', '--no-clobber', '--no-target-directory', part, to], why),
  ]
}

export const fileSnapshots: SnapshotAbility = {
  locate: (of) => ({ place: withoutSlash(of.backing), key: snapshotImage(of) }),
  // The mark first: an image without one would be foreign for ever.
  take: (of) => [
    write(
      sidecarOf(snapshotImage(of)),
      sidecarText(of.owner, 'ready'),
      `${snapshotImage(of)} is going to be ours`,
    ),
    ...copy(imageOf(of.backing, of.source), snapshotImage(of)),
  ],
  remove: (of) => [
    remove(snapshotImage(of), 'the snapshot is not wanted any more'),
    remove(sidecarOf(snapshotImage(of)), 'its image is gone'),
  ],
  restore: (storage, from) => {
    const image = imageOf(storage.backing, storage.name)
    return [
      write(sidecarOf(image), sidecarText(storage.owner, 'new'), `${image} is going to be ours`),
      ...copy(snapshotImage(from), image),
    ]
  },
}
