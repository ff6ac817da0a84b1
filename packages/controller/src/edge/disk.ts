/**
 * The disk as a port: the few calls with which journal and checkpoints are kept. The machine's own
 * are Node's; a simulation has others, which are slow, or tear what was being written.
 */
import { constants, write } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { promisify } from 'node:util'

export type DiskFile = AsyncDisposable & {
  readonly stat: () => Promise<{ size: number }>
  readonly read: (
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ) => Promise<{ bytesRead: number }>
  readonly appendFile: (content: string | Uint8Array) => Promise<void>
  readonly truncate: (size: number) => Promise<void>
  /** Resolves when contents and size are on the disk. */
  readonly sync: () => Promise<void>
  readonly close: () => Promise<void>
}

/** `journal`: made when it is missing, and what is written there is on the disk when that resolves. */
export type OpenMode = 'journal' | 'new' | 'read'

export type Disk = {
  readonly open: (path: string, mode: OpenMode) => Promise<DiskFile>
  /** Writes at a place of a file opened as `journal`; how many bytes it has written. */
  readonly writeAt: (
    file: DiskFile,
    bytes: Uint8Array,
    offset: number,
    position: number,
  ) => Promise<number>
  readonly makeDirectory: (path: string) => Promise<void>
  /** A new file survives a power cut only when its directory entry does. */
  readonly syncDirectory: (path: string) => Promise<void>
  readonly list: (path: string) => Promise<string[]>
  readonly rename: (from: string, to: string) => Promise<void>
  readonly remove: (path: string) => Promise<void>
}

/** A write resolves when data and size are on the disk: one call instead of write and fdatasync. */
const flags = {
  journal: constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC,
  new: 'w',
  read: constants.O_RDONLY,
} as const

const writeAt = promisify(write)

export const machineDisk: Disk = {
  open: (path, mode) => open(path, flags[mode], 0o600),
  // Opened above, so it is Node's; its own `write` costs more than this.
  writeAt: async (file, bytes, offset, position) =>
    (await writeAt((file as FileHandle).fd, bytes, offset, bytes.length - offset, position))
      .bytesWritten,
  makeDirectory: async (path) => void (await mkdir(path, { recursive: true })),
  async syncDirectory(path) {
    const directory = await open(path, constants.O_RDONLY)
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  },
  list: (path) => readdir(path),
  rename,
  remove: (path) => rm(path),
}
