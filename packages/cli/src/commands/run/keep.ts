/** Leaves reports in a directory: whole, for root alone, and not more of them than a few. */
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Reports are made again in seconds, and may be large. */
const mostReports = 10

export function keeperIn(
  directory: string,
): (name: string, bytes: ReadableStream<Uint8Array>) => Promise<string> {
  return async (name, bytes) => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const path = join(directory, name)
    const unfinished = `${path}.new`
    const handle = await open(unfinished, 'w', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, path)
    const names = (await readdir(directory)).filter((one) => one.endsWith('.tar.gz')).sort()
    for (const old of names.slice(0, -mostReports)) await rm(join(directory, old))
    return path
  }
}
