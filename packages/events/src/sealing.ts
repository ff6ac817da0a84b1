/** The form of a sealed secret, for the side that seals and the side that opens. */

/**
 * base64 of: ephemeral X25519 public key, AES-256-GCM ciphertext, tag. Key and nonce are 44 bytes
 * of HKDF-SHA-256 over the shared secret, salt: ephemeral key and recipient's key, both raw; the
 * context is authenticated beside the text.
 */
export const sealing = {
  info: 'varve sealed secret 1',
  publicBytes: 32,
  tagBytes: 16,
  /** 32 of key, 12 of nonce. */
  derivedBytes: 44,
  /** Of the SHA-256 of a shared secret: enough to tell secrets apart. */
  fingerprintDigits: 32,
  /** DER around a raw X25519 key, hex: SubjectPublicKeyInfo and PKCS#8 (RFC 8410). */
  publicPrefix: '302a300506032b656e032100',
  privatePrefix: '302e020100300506032b656e04220420',
} as const

/** What the sealed shared secret of a DRBD resource is for. */
export function drbdContext(resource: string): string {
  return `drbd/${resource.toLowerCase()}`
}

/** What a sealed LUKS key is for. Node-ids are bound by the recipient's key. */
export function luksContext(resource: string, volume: number): string {
  return `luks/${resource.toLowerCase()}/${volume}`
}
