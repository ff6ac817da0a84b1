/** Tables of dm-writecache and dm-cache, as the kernel reads them. */

export type CacheTable = {
  readonly kind: 'writecache' | 'cache'
  readonly sizeKib: number
  readonly data: string
  readonly cache: string
  /** dm-cache only. */
  readonly metadata: string | undefined
  readonly policy: string | undefined
  readonly writesThrough: boolean
  /** What stands after the devices. */
  readonly rest: string
}

/** Undefined: the kernel would say "Invalid argument". */
export function parseTable(text: string): CacheTable | undefined {
  const [start, sectors, kind, ...words] = text.split(' ')
  if (start !== '0' || !(Number(sectors) > 0)) return undefined
  const sizeKib = Number(sectors) / 2
  if (kind === 'writecache') return writecache(sizeKib, words)
  return kind === 'cache' ? cache(sizeKib, words) : undefined
}

function writecache(sizeKib: number, words: readonly string[]): CacheTable | undefined {
  const [mode, data, cacheDevice, block, count, ...options] = words
  if (mode !== 's' || !data || !cacheDevice || block !== '4096') return undefined
  if (Number(count) !== options.length || sizeKib % 4 !== 0) return undefined
  const numberAfter = (word: string, usual: number) => {
    const at = options.indexOf(word)
    return at < 0 ? usual : Number(options[at + 1])
  }
  if (numberAfter('high_watermark', 50) < numberAfter('low_watermark', 45)) return undefined
  const head = { kind: 'writecache', sizeKib, data, cache: cacheDevice } as const
  const rest = words.slice(3).join(' ')
  return { ...head, metadata: undefined, policy: undefined, writesThrough: false, rest }
}

const policies: ReadonlySet<string> = new Set(['smq', 'mq', 'cleaner'])

function cache(sizeKib: number, words: readonly string[]): CacheTable | undefined {
  const [metadata, cacheDevice, data, block, features, mode, policy, count, ...args] = words
  if (!metadata || !cacheDevice || !data || features !== '1' || !policy) return undefined
  if (Number(block) < 64 || Number(block) % 64 !== 0 || !policies.has(policy)) return undefined
  if (Number(count) !== args.length) return undefined
  const head = { kind: 'cache', sizeKib, data, cache: cacheDevice, metadata } as const
  const rest = words.slice(3).join(' ')
  return { ...head, policy, writesThrough: mode !== 'writeback', rest }
}
