/** Reads what dmsetup prints of cached devices. */
import type { DmCached } from '../../core/inventory.ts'

/** `name|uuid|suspended` of all mappings: what is known of each by name. */
export function parseMarks(text: string): Map<string, { uuid: string; isSuspended: boolean }> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name, uuid, state] = line.trim().split('|')
      if (!name || uuid === undefined || state === undefined) return []
      return [[name, { uuid, isSuspended: state === 'Suspended' }] as const]
    }),
  )
}

/** `dmsetup table`, joined with the marks; what is neither a writecache nor a cache is left out. */
export function parseCached(
  table: string,
  marks: ReturnType<typeof parseMarks>,
): Map<string, DmCached> {
  const found = new Map<string, DmCached>()
  for (const line of table.split('\n')) {
    const match = /^(?<name>.+?): 0 (?<sectors>\d+) (?<target>writecache|cache) /.exec(line.trim())
    const { name, sectors, target } = match?.groups ?? {}
    if (name === undefined) continue
    const { uuid = '', isSuspended = false } = marks.get(name) ?? {}
    const sizeKib = Math.floor(Number(sectors) / 2)
    found.set(name, {
      name,
      uuid,
      sizeKib,
      isSuspended,
      kind: target === 'cache' ? target : 'writecache',
    })
  }
  return found
}
