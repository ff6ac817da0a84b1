/**
 * How full a cache is, and what the kernel has noted of it: the status lines of dm-writecache and
 * dm-cache (Documentation/admin-guide/device-mapper/{writecache,cache}.rst, Linux 6.1). Pure.
 */
import type { CacheUse } from '@varve/events'

/** `parameters`: what follows the target's name. Undefined: it says nothing that we know. */
export function cacheUse(kind: 'writecache' | 'cache', parameters: string): CacheUse | undefined {
  return kind === 'writecache' ? ofWritecache(parameters) : ofCache(parameters)
}

/** Error indicator, blocks, free blocks, blocks on their way to the data, then counts. */
function ofWritecache(parameters: string): CacheUse | undefined {
  const [error, blocks, free] = parameters.split(' ').map(Number)
  if (error === undefined || blocks === undefined || free === undefined) return undefined
  const usedPercent = percent(blocks - free, blocks)
  if (error === 0) return { usedPercent }
  return { usedPercent, problem: 'it has met an error, and lets nothing through any more' }
}

/**
 * Metadata block size, metadata used/total, block size, used/total, six counts, dirty blocks; at the
 * end whether its metadata can be written, and whether it has to be checked.
 */
const cachePattern =
  /^\d+ (?<metadata>\d+)\/(?<ofMetadata>\d+) \d+ (?<used>\d+)\/(?<total>\d+)(?: \d+){6} (?<dirty>\d+) .* (?<mode>rw|ro) (?<check>needs_check|-)/

function ofCache(parameters: string): CacheUse | undefined {
  if (/^(?:Fail|Error)\b/.test(parameters)) {
    return { problem: 'it has failed, and lets nothing through any more' }
  }
  const found = cachePattern.exec(parameters)?.groups
  if (!found) return undefined
  const total = Number(found.total)
  const isReadOnly = found.mode === 'ro'
  const problem = isReadOnly
    ? 'its metadata can only be read any more, so nothing new is cached'
    : found.check === 'needs_check'
      ? 'its metadata has to be checked (cache_check)'
      : undefined
  return {
    usedPercent: percent(Number(found.used), total),
    dirtyPercent: percent(Number(found.dirty), total),
    ...(problem === undefined ? {} : { problem }),
  }
}

const percent = (part: number, whole: number) => (whole > 0 ? Math.round((100 * part) / whole) : 0)
