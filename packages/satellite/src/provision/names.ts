/** How the parts of a device pool are told from somebody else's. */
import { nameHash } from '../core/name-hash.ts'

/**
 * UUID of the physical volume on the disk at `index`: made from the pool's owner, so that one which
 * has no volume group yet, because we were cut off, is known as ours. LVM's form: 32 characters.
 */
export function physicalVolumeUuid(owner: string, index: number): string {
  const hex = nameHash(`${owner} ${index}`)
  const cuts = [0, 6, 10, 14, 18, 22, 26, 32]
  return cuts
    .slice(1)
    .map((to, at) => hex.slice(cuts[at], to))
    .join('-')
}

/** `vg/thinpool` → both; a volume group or zpool has only the first. */
export function partsOf(backing: string): { group: string; pool: string | undefined } {
  const [group = '', pool] = backing.split('/')
  return { group, pool }
}
