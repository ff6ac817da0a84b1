/** What a bcache is called, where the kernel shows it, and how ours is told from somebody else's. */
import type { DesiredStorage } from '@varve/events'
import { nameHash } from '../../core/name-hash.ts'
import { headerUuid } from '../luks/names.ts'

type Named = Pick<DesiredStorage, 'owner' | 'name'>

/** UUID of the set that one cache makes; in the superblocks of the cache and of its data. */
export const setUuid = ({ owner, name }: Named) => headerUuid(owner, name)

/** Our mark on the data, 32 bytes at most. udev makes a link of that name. */
export const bcacheLabel = ({ owner, name }: Named) =>
  `${labelPrefix}${nameHash(`${owner} ${name}`).slice(0, 24)}`
export const labelPrefix = 'varve-'

/**
 * Where users open it. Never `/dev/bcacheN`: that number is another one after a restart, and would
 * be the device of another volume.
 */
export const bcacheDevice = (storage: Named) => `/dev/bcache/by-label/${bcacheLabel(storage)}`

export const bcacheDirectory = '/sys/fs/bcache'
/** Registers a device; one that is registered already, by udev for one, is as good. */
export const registerPath = `${bcacheDirectory}/register_quiet`
export const unregisterPath = (set: string) => `${bcacheDirectory}/${set}/unregister`
/** The data of a set; there is one in ours. */
export const dataPath = (set: string) => `${bcacheDirectory}/${set}/bdev0`
/** The data as its own block device shows it, with or without its set. */
export const controlPath = (kernelName: string) => `/sys/block/${kernelName}/bcache`
