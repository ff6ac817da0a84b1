/** Kinds of values that several rows share. */
import { number, pattern, type ValueKind } from './value.ts'

export const poolName: ValueKind = pattern(
  /^[a-zA-Z0-9_][a-zA-Z0-9_-]{2,47}$/,
  'a name of 3 to 48 letters, digits, _ and -',
)
export const metaPool: ValueKind = pattern(
  /^(|\.internal|[a-zA-Z0-9_][a-zA-Z0-9_-]{2,47})$/,
  'the name of a storage pool, .internal or nothing',
)
export const backing: ValueKind = pattern(
  /^[a-zA-Z0-9_/-]+$/,
  'letters, digits, _, - and / (volume group, vg/thinpool, dataset or directory)',
)
export const lvmName: ValueKind = pattern(/^[a-zA-Z0-9_-]+$/, 'letters, digits, _ and -')
export const cacheSize: ValueKind = pattern(
  /^(100%|[0-9]{1,2}([.][0-9]*)?%|[1-9][0-9]{2,})$/,
  'a percentage of the volume such as 5%, or a size in KiB of at least 100',
)
export const weight: ValueKind = number(0, 1_000_000)
