/** What a cached device is called, and how ours is told from somebody else's of the same name. */
import type { DesiredCache, DesiredStorage, DesiredVolume } from '@varve/events'
import { bcacheDevice, setUuid } from '../bcache/names.ts'
import { headerUuid } from '../luks/names.ts'

export type DmKind = Exclude<DesiredCache['kind'], 'bcache'>

/** As LINSTOR has it: `linstor_writecache_web_00000`, `linstor_cache_web_00000`. */
export const cachedName = (kind: DmKind, storage: string) => `linstor_${kind}_${storage}`

/** Under which the inventory has what the kernel knows of a volume's cache. */
export const cachedKey = (kind: DesiredCache['kind'], storage: DesiredStorage) =>
  kind === 'bcache' ? setUuid(storage) : cachedName(kind, storage.name)

/** Our mark: device-mapper keeps it for as long as the device is there. */
export const cachedUuid = ({ owner, name }: Pick<DesiredStorage, 'owner' | 'name'>) =>
  `VARVE-${headerUuid(owner, name)}`

export const isCachedName = (name: string) => /^linstor_(writecache|cache)_/.test(name)

/** Where users of a cached volume open it; undefined: it has no cache. */
export function cachedDevice({ cache, storage }: DesiredVolume): string | undefined {
  if (!cache || !storage) return undefined
  if (cache.kind === 'bcache') return bcacheDevice(storage)
  return `/dev/mapper/${cachedName(cache.kind, storage.name)}`
}
