/** Reads what find, losetup and df print about image files. */
import { z } from 'zod'
import type { PlaceSize } from '../../core/inventory.ts'

export type FileRow = { path: string; sizeKib: number; allocatedKib: number }

/** Lines `bytes TAB 512-byte-blocks TAB path`; others are skipped. */
export function parseFind(text: string): FileRow[] {
  return text.split('\n').flatMap((line) => {
    const [bytes, blocks, ...rest] = line.split('\t')
    const path = rest.join('\t')
    if (bytes === undefined || blocks === undefined || path === '') return []
    return [
      {
        path,
        sizeKib: Math.floor(Number(bytes) / 1024),
        allocatedKib: Math.ceil(Number(blocks) / 2),
      },
    ]
  })
}

const Losetup = z.object({
  loopdevices: z.array(z.object({ name: z.string(), 'back-file': z.string().nullable() })),
})

/** Image path → loop device. losetup prints nothing at all when there is no device. */
export function parseLosetup(text: string): Map<string, string> | undefined {
  if (text.trim() === '') return new Map()
  try {
    const report = Losetup.parse(JSON.parse(text))
    return new Map(
      report.loopdevices.flatMap((d) => (d['back-file'] ? [[d['back-file'], d.name]] : [])),
    )
  } catch {
    return undefined
  }
}

/** Lines `total free file` in KiB after a heading: sizes by directory. */
export function parseDf(text: string): Map<string, PlaceSize> {
  const sizes = new Map<string, PlaceSize>()
  for (const line of text.split('\n').slice(1)) {
    const match = /^\s*(\d+)\s+(\d+)\s+(.+)$/.exec(line)
    if (!match?.[3]) continue
    // An image can have any size in KiB (reference 3.3).
    sizes.set(match[3], {
      totalKib: Number(match[1]),
      freeKib: Number(match[2]),
      granularityKib: 1,
    })
  }
  return sizes
}
