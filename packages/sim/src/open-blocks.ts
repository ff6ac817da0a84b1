/**
 * A simulated device as bytes. Each block has its name at its beginning; what stands elsewhere in
 * the model, DRBD's superblock and a LUKS header, is put where it would be.
 */
import { deserialize, serialize } from 'node:v8'
import type { Blocks } from '@varve/satellite'
import { type BlockDevice, blockKib, createInner, writeBlock } from './block.ts'
import { findDevice } from './devices.ts'
import { normal } from './files.ts'
import type { Machine } from './machine.ts'

const blockBytes = blockKib * 1024
const superblock = 'drbd '
const header = 'luks '

export async function openBlocks(machine: Machine, path: string): Promise<Blocks> {
  const device = findDevice(machine, path) ?? machine.files.get(normal(path))?.block
  if (!machine.on || !device) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
  const check = () => {
    if (!machine.on || device.failed) throw new Error(`EIO: i/o error, ${path}`)
  }
  return {
    read: async (offset, length) => {
      check()
      const bytes = Buffer.alloc(length)
      const first = Math.floor(offset / blockBytes)
      for (let block = first; block * blockBytes < offset + length; block += 1) {
        bytes.write(textOf(device, block), block * blockBytes - offset)
      }
      return bytes
    },
    write: async (offset, bytes) => {
      check()
      for (let at = 0; at < bytes.length; at += blockBytes) {
        const piece = Buffer.from(bytes.subarray(at, at + blockBytes)).toString()
        put(device, (offset + at) / blockBytes, piece.slice(0, piece.indexOf('\0')))
      }
    },
    sync: async () => check(),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const lastBlock = ({ sizeKib }: BlockDevice) => Math.floor((sizeKib - 1) / blockKib)

function textOf(device: BlockDevice, block: number): string {
  if (block === 0 && device.luks) {
    const { inner, ...rest } = device.luks
    const { content, signatures, drbd } = inner
    return header + serialize({ ...rest, content, signatures, drbd }).toString('base64')
  }
  if (block === lastBlock(device) && device.drbd) {
    return superblock + serialize(device.drbd).toString('base64')
  }
  return device.content.get(block) ?? ''
}

function put(device: BlockDevice, block: number, text: string): void {
  if (block === 0) device.luks = undefined
  if (block === lastBlock(device)) device.drbd = undefined
  if (text.startsWith(superblock)) device.drbd = read(text.slice(superblock.length))
  else if (text.startsWith(header)) {
    const { content, signatures, drbd, ...rest } = read(text.slice(header.length))
    const inner = Object.assign(createInner(device, rest.headerKib), { content, signatures, drbd })
    device.luks = { ...rest, inner }
  } else if (text === '') device.content.delete(block)
  else writeBlock(device, block, text)
}

const read = (text: string) => deserialize(Buffer.from(text, 'base64'))
