/** Which digests the kernel has: /proc/crypto lists what is loaded, a block for each driver. */
import { usualDigests } from '@varve/events'

/** Those that DRBD can verify by, each once, in the order of preference. */
export function parseCrypto(text: string): string[] {
  const found = new Set(
    text.split(/\n\s*\n/).flatMap((block) => {
      const name = /^name\s*:\s*(\S+)$/m.exec(block)?.[1]
      // Synchronous and asynchronous digests; DRBD takes the first ones, which all have.
      return name !== undefined && /^type\s*:\s*shash$/m.test(block) ? [name] : []
    }),
  )
  return usualDigests.filter((each) => found.has(each))
}
