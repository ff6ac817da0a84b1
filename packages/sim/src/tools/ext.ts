/** dumpe2fs and resize2fs: how far a file system of the ext family reaches. */
import type { BlockDevice } from '../block.ts'
import { findDevice } from '../devices.ts'
import { type Call, fail, type Output, ok, optionTable, readOptions } from '../tool.ts'

const blockBytes = 4096
/** Words of what mkfs has written, as block.ts has them: `fs:ext4:<uuid>:<uid>:<gid>:<KiB>`. */
const sizeWord = 5

export function dumpe2fs(call: Call): Output {
  const given = readOptions(call.args, optionTable('-h'))
  const [path = ''] = given.words
  const device = findDevice(call.machine, path)
  const words = extOf(device)
  if (given.unknown || !device || !words) {
    return fail(1, `dumpe2fs: Bad magic number in super-block while trying to open ${path}`)
  }
  const blocks = Math.floor((Number(words[sizeWord] ?? device.sizeKib) * 1024) / blockBytes)
  const header = `Filesystem UUID:          ${words[2]}\n`
  return ok(
    `${header}Block count:              ${blocks}\nBlock size:               ${blockBytes}\n`,
    'dumpe2fs 1.47.0 (5-Feb-2023)\n',
  )
}

/** `resize2fs <device> <size>K`. */
export function resize2fs(call: Call): Output {
  const [path = '', size = ''] = call.args
  const device = findDevice(call.machine, path)
  const words = extOf(device)
  const sizeKib = Number(/^(\d+)K$/.exec(size)?.[1])
  if (!device || !words) return fail(1, `resize2fs: Bad magic number in super-block: ${path}`)
  if (!(sizeKib <= device.sizeKib)) return fail(1, 'resize2fs: New size too large')
  device.content.set(0, [...words.slice(0, sizeWord), sizeKib].join(':'))
  return ok()
}

function extOf(device: BlockDevice | undefined): string[] | undefined {
  const words = device?.content.get(0)?.split(':')
  return words?.[0] === 'fs' && words[1]?.startsWith('ext') ? words : undefined
}
