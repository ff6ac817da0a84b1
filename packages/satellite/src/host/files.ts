/** The file half of the real Host. */
import { randomUUID } from 'node:crypto'
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Host } from './host.ts'

type Files = Pick<Host, 'readFile' | 'stamp' | 'writeFile' | 'removeFile' | 'list' | 'exists'>

/** Coarser than any file system's clock: two changes in one tick of it have the same time. */
const settledMs = 1_000

export const realFiles: Files = {
  readFile: (path) => readFile(path, 'utf8').catch(nothingThere(undefined)),
  stamp,
  writeFile,
  removeFile: async (path) => {
    await rm(path, { force: true })
    await syncDirectory(dirname(path))
  },
  list: async (directory) =>
    (await readdir(directory).catch(nothingThere<string[]>([]))).toSorted(),
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
}

/**
 * The time of the last change of the inode (ctime) cannot be set by anybody, and moves with every
 * change of the content. Nothing is said of a file that changed just now, since it may do so again
 * within the same tick; nor of what the kernel makes up while it is read.
 */
async function stamp(path: string): Promise<string | undefined> {
  if (/^\/(proc|sys)\//.test(path)) return undefined
  const found = await stat(path, { bigint: true }).catch(nothingThere(undefined))
  if (!found?.isFile() || Date.now() - Number(found.ctimeMs) < settledMs) return undefined
  return `${found.dev}:${found.ino}:${found.size}:${found.ctimeNs}`
}

/**
 * The content is synced before the rename and the directory after it: without either, a power loss
 * leaves an empty file where a good one had been. Only root may read: secrets are written here.
 */
async function writeFile(path: string, text: string): Promise<void> {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(directory)
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(nothingThere(undefined))
  if (!handle) return
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Absence is an ordinary answer; every other error is a fault. */
function nothingThere<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value
    throw error
  }
}
