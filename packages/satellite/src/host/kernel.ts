/** Attributes and objects that the kernel shows as files, changed on a real machine. */
import { constants } from 'node:fs'
import { mkdir, open, readFile, rmdir, symlink, unlink } from 'node:fs/promises'
import type { KernelChange } from '../core/kernel-change.ts'
import type { Host } from './host.ts'

export const realKernel: Pick<Host, 'changeKernel' | 'claim'> = { changeKernel, claim }

async function changeKernel(change: KernelChange): Promise<void> {
  const { path } = change
  if (!path.startsWith('/sys/')) throw new Error(`${path} is not below /sys`)
  switch (change.op) {
    case 'set':
      if ((await readFile(path, 'utf8')).trim() === change.text) return
      return write(path, change.text)
    case 'trigger':
      return write(path, change.text)
    case 'make':
      await mkdir(path).catch(unless('EEXIST'))
      return
    case 'remove':
      return rmdir(path).catch(unless('ENOENT'))
    case 'link':
      return symlink(change.to, path).catch(unless('EEXIST'))
    case 'unlink':
      return unlink(path).catch(unless('ENOENT'))
  }
}

/** Never made by us: an attribute that is not there belongs to an object that is not there. */
async function write(path: string, text: string): Promise<void> {
  const handle = await open(path, constants.O_WRONLY)
  try {
    await handle.write(text)
  } finally {
    await handle.close()
  }
}

/** Neither reads nor, as opening for writing would, lets udev look at the device afterwards. */
async function claim(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_EXCL)
  await handle.close()
}

function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error
  }
}
