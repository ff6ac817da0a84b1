/** Digests that DRBD can compare blocks by, as the kernel's crypto names them. */

/** LINSTOR's order of preference, the cheapest first. */
export const usualDigests: readonly string[] =
  'crct10dif;crc32c;sha384;sha512;sha256;sha1;md5;windrbd'.split(';')

/** The definition's property that holds the digest the policy has chosen. */
export const verifyKey = 'DrbdOptions/auto-verify-alg'
