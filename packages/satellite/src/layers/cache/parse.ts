/** Reads what dmsetup prints of cached devices. */
import type { DmCached } from '../../core/inventory.ts'
import { cacheUse } from './use.ts'

const linePattern =
  /^(?<name>.+?): 0 (?<sectors>\d+) (?<target>writecache|cache) (?<parameters>.*)$/

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

/** `dmsetup status`, joined with the marks; what is neither a writecache nor a cache is left out. */
export function parseCached(
  status: string,
  marks: ReturnType<typeof parseMarks>,
): Map<string, DmCached> {
  const found = new Map<string, DmCached>()
  for (const line of status.split('\n')) {
    const match = linePattern.exec(line.trim())
    const { name, sectors, target, parameters = '' } = match?.groups ?? {}
    if (name === undefined) continue
    const kind = target === 'cache' ? target : 'writecache'
    const use = cacheUse(kind, parameters)
    const { uuid = '', isSuspended = false } = marks.get(name) ?? {}
    const sizeKib = Math.floor(Number(sectors) / 2)
    found.set(name, {
      name,
      uuid,
      sizeKib,
      isSuspended,
      kind,
      ...(use ? { use } : {}),
    })
  }
  return found
}
