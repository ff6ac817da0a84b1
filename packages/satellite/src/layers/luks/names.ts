/** What a LUKS mapping is called, and how ours is told from somebody else's of the same name. */

import { uuidOf } from '../../core/name-hash.ts'
import { configDirectory } from '../drbd/paths.ts'

/** As LINSTOR has it, so that its volumes can be taken over: `Linstor-Crypt-web_00000`. */
export const mappingName = (storage: string) => `Linstor-Crypt-${storage}`
export const mappingDevice = (storage: string) => `/dev/mapper/${mappingName(storage)}`

/** Says which change of its key a header has been through; there while the old key is kept. */
export const rekeyedPath = (storage: string) => `${configDirectory}/${storage}.rekeyed`

/**
 * UUID of the LUKS header that belongs to one backing object: made from its owner and its name, so
 * that the header says whose it is, and the kernel says it of each open mapping.
 */
export function headerUuid(owner: string, storage: string): string {
  return uuidOf(`${owner} ${storage}`)
}

/** What device-mapper calls a mapping that cryptsetup made of that header. */
export function mappingUuid(owner: string, storage: string): string {
  const bare = headerUuid(owner, storage).replaceAll('-', '')
  return `CRYPT-LUKS2-${bare}-${mappingName(storage)}`
}
