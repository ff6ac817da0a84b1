/** Block devices and image files of the real Host, read and written at any place. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Blocks } from './host.ts'

export async function openBlocks(path: string, mode: 'read' | 'write'): Promise<Blocks> {
  // On a block device O_EXCL means: not mounted, and nobody else has it so. Elsewhere it says nothing.
  const flags = mode === 'read' ? constants.O_RDONLY : constants.O_RDWR | constants.O_EXCL
  const handle = await open(path, flags)
  return {
    read: async (offset, length) => {
      const bytes = Buffer.allocUnsafe(length)
      for (let at = 0; at < length; ) {
        const { bytesRead } = await handle.read(bytes, at, length - at, offset + at)
        if (bytesRead === 0) throw new Error(`${path} ends at ${offset + at}`)
        at += bytesRead
      }
      return bytes
    },
    write: async (offset, bytes) => {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, offset + at)
        at += bytesWritten
      }
    },
    sync: () => handle.sync(),
    [Symbol.asyncDispose]: () => handle.close(),
  }
}
