/** For tests: a device that is an array. */
import type { Blocks } from '../host/host.ts'

export function memoryBlocks(bytes: Uint8Array): Pick<Blocks, 'read' | 'write'> {
  return {
    read: async (offset, length) => bytes.slice(offset, offset + length),
    write: async (offset, piece) => bytes.set(piece, offset),
  }
}
