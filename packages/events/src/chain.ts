/**
 * The hash chain over blocks. A block is hashed in the exact bytes that were stored, so that
 * verifying needs no re-serialisation; the shell passes the digest (SHA-256, hex) in.
 */

/** SHA-256 as lower-case hex of the UTF-8 bytes. */
export type Digest = (text: string) => string

/** `prev` of the first block. */
export const genesis = '0'.repeat(64)
