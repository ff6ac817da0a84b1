/** What a cached device is called, and how ours is told from somebody else's of the same name. */
import type { DesiredCache, DesiredStorage, DesiredVolume } from '@varve/events'
import { headerUuid } from '../luks/names.ts'

/** As LINSTOR has it: `linstor_writecache_web_00000`, `linstor_cache_web_00000`. */
export const cachedName = (kind: DesiredCache['kind'], storage: string) =>
  `linstor_${kind}_${storage}`

/** Our mark: device-mapper keeps it for as long as the device is there. */
export const cachedUuid = ({ owner, name }: Pick<DesiredStorage, 'owner' | 'name'>) =>
  `VARVE-${headerUuid(owner, name)}`

export const isCachedName = (name: string) => /^linstor_(writecache|cache)_/.test(name)

/** Where users of a cached volume open it; undefined: it has no cache. */
export function cachedDevice({ cache, storage }: DesiredVolume): string | undefined {
  return cache && storage ? `/dev/mapper/${cachedName(cache.kind, storage.name)}` : undefined
}
