/** Leaves reports in a directory: whole, for root alone, and not more of them than a few. */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReportStore } from '@varve/rest'

/** Reports are made again in seconds, and may be large. */
const mostReports = 10

export function keeperIn(
  directory: string,
): (name: string, bytes: ReadableStream<Uint8Array>) => Promise<string> {
  return async (name, bytes) => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const path = join(directory, name)
    await writeWhole(path, bytes)
    const names = (await readdir(directory)).filter((one) => one.endsWith('.tar.gz')).sort()
    for (const old of names.slice(0, -mostReports)) await rm(join(directory, old))
    return path
  }
}

/** One text that is written again and again: for root alone, and whole whatever happens. */
export function textFile(path: string): ReportStore {
  return {
    read: () =>
      readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      }),
    write: (text) => writeWhole(path, text),
  }
}

async function writeWhole(path: string, data: string | ReadableStream<Uint8Array>): Promise<void> {
  const unfinished = `${path}.new`
  const handle = await open(unfinished, 'w', 0o600)
  try {
    await handle.writeFile(data)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, path)
}
