/** Snapshots of image files: copies that share their blocks, where the file system can do that. */
import { withoutSlash } from '../../core/inventory.ts'
import { remove, run, type Step, write } from '../../core/step.ts'
import type { RollBack, SnapshotAbility, SnapshotObject } from '../provider.ts'
import { sidecarOf, sidecarText } from './mark.ts'

const imageOf = (backing: string, name: string) => `${withoutSlash(backing)}/${name}.img`
const snapshotImage = ({ backing, source, snapshot }: SnapshotObject) =>
  imageOf(backing, `${source}_${snapshot}`)

/**
 * The mark first: an image without one would be foreign for ever. Then a copy beside its place: one
 * that was cut off must not count. What fails leaves neither.
 */
function copy(from: string, to: string, mark: string): Step[] {
  const part = `${to}.part`
  const why = `there is no ${to}; it begins as ${from}`
  const undo = [remove(part, 'it was not made'), remove(sidecarOf(to), 'there is no image')]
  return [
    write(sidecarOf(to), mark, `${to} is going to be ours`),
    run('cp', ['cp', '--reflink=always', '--remove-destination', from, part], why, { undo }),
    run('mv', ['mv', '--no-clobber', '--no-target-directory', part, to], why, { undo }),
  ]
}

/** Sparse, as snapshots of images are: they share their space, or take it when they are written. */
function prepare(of: SnapshotObject, sizeKib: number, base?: SnapshotObject): Step[] {
  const image = snapshotImage(of)
  const mark = sidecarText(of.owner, 'new')
  if (base) return copy(snapshotImage(base), image, mark)
  const why = `${image} is to come from another node`
  return [
    write(sidecarOf(image), mark, why),
    run('truncate', ['truncate', `--size=${sizeKib}K`, image], why),
  ]
}

export const fileSnapshots: SnapshotAbility = {
  locate: (of) => ({ place: withoutSlash(of.backing), key: snapshotImage(of) }),
  take: (of) =>
    copy(imageOf(of.backing, of.source), snapshotImage(of), sidecarText(of.owner, 'ready')),
  remove: (of) => [
    remove(snapshotImage(of), 'the snapshot is not wanted any more'),
    remove(sidecarOf(snapshotImage(of)), 'its image is gone'),
  ],
  restore: (storage, from) =>
    copy(
      snapshotImage(from),
      imageOf(storage.backing, storage.name),
      sidecarText(storage.owner, 'new'),
    ),
  transfer: {
    kind: 'blocks',
    path: snapshotImage,
    open: () => [],
    close: () => [],
    prepare,
    finish: (of) => [
      write(
        sidecarOf(snapshotImage(of)),
        sidecarText(of.owner, 'ready'),
        `${snapshotImage(of)} has come as a whole`,
      ),
    ],
  },
  rollBack: rollBackImage,
}

/**
 * The loop device goes first, in a look of its own: losetup also answers with success when somebody
 * keeps it open, and they would go on writing to an image that nobody can find any more.
 */
function rollBackImage({ storage, from, operation, object }: RollBack): Step[] {
  const image = imageOf(storage.backing, storage.name)
  const why = `${image} shall have the content of ${snapshotImage(from)}`
  if (object?.device !== undefined) {
    return [run('losetup', ['losetup', '--detach', object.device], why)]
  }
  const part = `${image}.part`
  const undo = [remove(part, 'it was not made')]
  const mark = sidecarText(storage.owner, 'ready')
  return [
    ...(object ? [] : [write(sidecarOf(image), mark, `${image} is going to be ours`)]),
    run('cp', ['cp', '--reflink=always', '--remove-destination', snapshotImage(from), part], why, {
      undo,
    }),
    run('mv', ['mv', '--force', '--no-target-directory', part, image], why, { undo }),
    write(sidecarOf(image), sidecarText(storage.owner, 'ready', operation), `${image} has it`),
  ]
}
