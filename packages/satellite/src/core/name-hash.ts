/**
 * 128 bits, hex, that are always the same for one name: FNV-1a. For identifiers which others give
 * back to us, so that we know what is ours; nothing that has to withstand anybody.
 */
export function nameHash(name: string): string {
  let hash = offsetBasis
  for (const byte of new TextEncoder().encode(name)) {
    hash = BigInt.asUintN(128, (hash ^ BigInt(byte)) * prime)
  }
  return hash.toString(16).padStart(32, '0')
}

/** The hash in the form of a UUID, of RFC 9562's version 8: for what has room for a UUID only. */
export function uuidOf(name: string): string {
  const hex = nameHash(name)
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
  ]
  return `${parts.join('-')}-${hex.slice(20)}`
}

const offsetBasis = 0x6c62272e07bb014262b821756295c58dn
const prime = 0x0000000001000000000000000000013bn
