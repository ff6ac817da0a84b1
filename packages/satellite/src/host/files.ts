/** The file half of the real Host. */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  access,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Host } from './host.ts'

type Files = Pick<
  Host,
  | 'readFile'
  | 'stamp'
  | 'writeFile'
  | 'fingerprint'
  | 'placeFile'
  | 'removeFile'
  | 'list'
  | 'exists'
  | 'resolve'
>

/** Coarser than any file system's clock: two changes in one tick of it have the same time. */
const settledMs = 1_000

export const realFiles: Files = {
  readFile: (path) => readFile(path, 'utf8').catch(nothingThere(undefined)),
  stamp,
  writeFile,
  fingerprint,
  placeFile,
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
  resolve: (path) => realpath(path).catch(nothingThere(undefined)),
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
  await mkdir(dirname(path), { recursive: true })
  await replace(path, text, { temporary: `${path}.${randomUUID()}.tmp`, mode: 0o600 })
}

/** Hidden from whoever reads all of the directory; its name is the same, so there is one at most. */
async function placeFile(path: string, content: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.varve`)
  await rm(temporary, { force: true })
  await replace(path, Buffer.from(content, 'base64'), { temporary, mode: 0o644 })
}

async function fingerprint(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(nothingThere(undefined))
  if (!found) return undefined
  if (!found.isFile()) throw new Error(`${path} is no regular file`)
  const digest = createHash('sha256')
  for await (const chunk of createReadStream(path)) digest.update(chunk)
  return digest.digest('hex')
}

async function replace(
  path: string,
  content: string | Uint8Array,
  { temporary, mode }: { readonly temporary: string; readonly mode: number },
): Promise<void> {
  try {
    const handle = await open(temporary, 'wx', mode)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
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
