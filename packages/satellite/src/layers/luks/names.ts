/** What a LUKS mapping is called, and how ours is told from somebody else's of the same name. */

import { nameHash } from '../../core/name-hash.ts'
import { configDirectory } from '../drbd/paths.ts'

/** As LINSTOR has it, so that its volumes can be taken over: `Linstor-Crypt-web_00000`. */
export const mappingName = (storage: string) => `Linstor-Crypt-${storage}`
export const mappingDevice = (storage: string) => `/dev/mapper/${mappingName(storage)}`

/** Says which change of its key a header has been through; there while the old key is kept. */
export const rekeyedPath = (storage: string) => `${configDirectory}/${storage}.rekeyed`

/**
 * UUID of the LUKS header that belongs to one backing object: made from its owner and its name, so
 * that the header says whose it is, and the kernel says it of each open mapping. In the form of
 * RFC 9562's version 8.
 */
export function headerUuid(owner: string, storage: string): string {
  const hex = nameHash(`${owner} ${storage}`)
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
  ]
  return `${parts.join('-')}-${hex.slice(20)}`
}

/** What device-mapper calls a mapping that cryptsetup made of that header. */
export function mappingUuid(owner: string, storage: string): string {
  const bare = headerUuid(owner, storage).replaceAll('-', '')
  return `CRYPT-LUKS2-${bare}-${mappingName(storage)}`
}
