/**
 * A volume group on disks that several machines have. What is on the disks is one; what is active, and
 * who has it open, is each machine's own.
 */
import type { LogicalVolume, VolumeGroup } from './model.ts'

/** Volumes of one machine; what is made or removed on it is so on the others. */
class SharedVolumes extends Map<string, LogicalVolume> {
  readonly others: SharedVolumes[] = []

  override set(name: string, volume: LogicalVolume): this {
    super.set(name, volume)
    for (const other of this.others) if (!other.has(name)) other.see(name, volume)
    return this
  }

  override delete(name: string): boolean {
    for (const other of this.others) other.forget(name)
    return super.delete(name)
  }

  see(name: string, volume: LogicalVolume): void {
    super.set(name, seenFromElsewhere(volume))
  }

  forget(name: string): void {
    super.delete(name)
  }
}

/** The same group on one more machine. */
export function shareGroup(group: VolumeGroup): {
  readonly first: VolumeGroup
  readonly second: VolumeGroup
} {
  const first = group.volumes instanceof SharedVolumes ? group.volumes : new SharedVolumes()
  for (const [name, volume] of group.volumes) first.set(name, volume)
  const second = new SharedVolumes()
  for (const [name, volume] of first) second.see(name, volume)
  for (const each of [first, ...first.others]) {
    each.others.push(second)
    second.others.push(each)
  }
  return { first: { ...group, volumes: first }, second: { ...group, volumes: second } }
}

function seenFromElsewhere(volume: LogicalVolume): LogicalVolume {
  const device = withOwn(volume.device, { openers: new Set<string>() })
  return withOwn(volume, { device, active: false })
}

/** All of it is the other's, but for what is named. */
function withOwn<T extends object>(other: T, own: Partial<T>): T {
  return new Proxy(other, {
    get: (target, key) => Reflect.get(key in own ? own : target, key),
    set: (target, key, value) => Reflect.set(key in own ? own : target, key, value),
  })
}
