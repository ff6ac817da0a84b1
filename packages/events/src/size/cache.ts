/** Sizes of what the cache layers keep beside a volume's data, KiB (reference 3.2). */

const metadataBaseKib = 4 * 1024
const bytesPerBlock = 16
const sectorBytes = 512

/** Before the data, on the data's own device: bcache's superblock. */
export const bcacheHeaderKib = 8

/** The least that LINSTOR makes; bcache itself asks for 128 of its buckets of usually 512 KiB. */
export const leastBcacheKib = 512 * 1024

/** Share of the volume, or KiB, as `Writecache/Size` and `Cache/Cachesize` say it. */
export function cacheKib(text: string, volumeKib: number): number {
  const share = text.endsWith('%') ? Number(text.slice(0, -1)) : undefined
  return Math.ceil(share === undefined ? Number(text) : (volumeKib * share) / 100)
}

/** Usual size of dm-cache's metadata; LINSTOR takes the number of sectors for one of bytes here. */
export function cacheMetadataKib(cacheSizeKib: number, blockSectors: number): number {
  const blocks = Math.ceil((cacheSizeKib * 1024) / blockSectors)
  return metadataBaseKib + Math.ceil((blocks * bytesPerBlock) / 1024)
}

/** The least that the kernel takes: one block of dm-cache. */
export const leastCacheKib = (blockSectors: number): number =>
  Math.ceil((blockSectors * sectorBytes) / 1024)
