/** Reads the same small files again and again, but only those that have changed since. */
import type { Host } from './host/host.ts'

export type FileReader = (paths: readonly string[]) => Promise<Map<string, string>>

type Known = { readonly stamp: string | undefined; readonly text: string }

/** Texts by path, without those that are not there. Remembers what it was asked for last. */
export function createFileReader(host: Pick<Host, 'readFile' | 'stamp'>): FileReader {
  let known: ReadonlyMap<string, Known> = new Map()
  const read = async (path: string): Promise<Known | undefined> => {
    // Before the text: what changes in between has another stamp next time.
    const stamp = await host.stamp?.(path)
    const old = known.get(path)
    if (stamp !== undefined && stamp === old?.stamp) return old
    const text = await host.readFile(path)
    return text === undefined ? undefined : { stamp, text }
  }
  return async (paths) => {
    const next = new Map<string, Known>()
    const found = await Promise.all(paths.map(async (path) => [path, await read(path)] as const))
    for (const [path, file] of found) if (file) next.set(path, file)
    known = next
    return new Map([...next].map(([path, { text }]) => [path, text]))
  }
}
