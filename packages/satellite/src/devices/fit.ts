/** The last look at a device before its end is cut off: nothing that is known may reach that far. */
import { z } from 'zod'
import { findingOf, lookArgvs } from '../format/signature.ts'
import type { Host } from '../host/host.ts'
import { problemOf } from '../storage/look.ts'

/** What says itself how large it is. XFS does as well, and can never be made smaller. */
const measured: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4'])

/**
 * Why it may not be cut off behind `sizeKib`, as a sentence; undefined: nothing is found there, or a
 * file system that ends before.
 */
export async function fitProblem(
  device: string,
  sizeKib: number,
  host: Host,
): Promise<string | undefined> {
  const [read, wipefs, blkid] = lookArgvs(device)
  const listed = await host.run(wipefs)
  const finding = findingOf(await host.run(read), listed, await host.run(blkid))
  if (finding.kind === 'empty') return undefined
  if (finding.kind === 'unclear') return `what is on ${device} cannot be told: ${finding.reason}`
  const far = offsetsOf(listed.stdout).find(({ offset }) => offset >= sizeKib * 1024)
  if (far) {
    return `${device} holds ${far.type}, whose mark lies at ${Math.floor(far.offset / 1024)} KiB: behind ${sizeKib} KiB, where it shall end`
  }
  const unknown = finding.types.find((type) => !measured.has(type))
  if (unknown !== undefined) {
    return `${device} holds ${unknown}, and nothing tells how far that reaches: remove it first, if nobody needs it (wipefs)`
  }
  const { kib, problem } = await sizeOf(device, host)
  if (kib === undefined) return problem
  if (kib <= sizeKib) return undefined
  const type = finding.types.join(', ')
  return `the ${type} on ${device} reaches to ${kib} KiB, and it shall end at ${sizeKib} KiB: resize2fs ${device} ${sizeKib}K first`
}

const Signatures = z.object({
  signatures: z.array(z.object({ type: z.string(), offset: z.string() })),
})

/** The finding has read the same text already. */
function offsetsOf(json: string): { type: string; offset: number }[] {
  if (json.trim() === '') return []
  return Signatures.parse(JSON.parse(json)).signatures.map(({ type, offset }) => ({
    type,
    offset: Number(offset),
  }))
}

async function sizeOf(
  device: string,
  host: Host,
): Promise<{ readonly kib?: number; readonly problem?: string }> {
  const result = await host.run(['dumpe2fs', '-h', device])
  if (result.exitCode !== 0) {
    return { problem: `how far its file system reaches cannot be told: ${problemOf(result)}` }
  }
  const number = (name: string) =>
    Number(new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(result.stdout)?.[1] ?? Number.NaN)
  const kib = Math.ceil((number('Block count') * number('Block size')) / 1024)
  return Number.isNaN(kib) ? { problem: `dumpe2fs ${device} tells no size` } : { kib }
}
