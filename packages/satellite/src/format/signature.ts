/** Whether anything is on a device, from the words of tools that look in different ways. */
import { z } from 'zod'
import type { CommandResult } from '../host/host.ts'

export type Finding =
  | { readonly kind: 'empty' }
  /** File system, partition table, RAID, LVM, swap, encryption: somebody's, or ours of before. */
  | { readonly kind: 'found'; readonly types: readonly string[] }
  /** Nothing may be concluded. */
  | { readonly kind: 'unclear'; readonly reason: string }

/**
 * All are asked. To wipefs and blkid a device that cannot be read is as good as an empty one, and
 * to blkid one that cannot be opened, too (util-linux 2.38); so its beginning is read first, which
 * is where nearly all signatures are.
 */
export const lookArgvs = (device: string) =>
  [
    ['dd', `if=${device}`, 'of=/dev/null', 'bs=1M', 'count=4', 'status=none'],
    ['wipefs', '--no-act', '--json', device],
    ['blkid', '--probe', '--output', 'export', device],
  ] as const

const Signatures = z.object({ signatures: z.array(z.object({ type: z.string() })) })

/** Exit codes of `blkid --probe`: its man page. */
const nothingFound = 2
const ambivalent = 8

export function findingOf(
  read: CommandResult,
  wipefs: CommandResult,
  blkid: CommandResult,
): Finding {
  if (read.exitCode !== 0) return unclear(read)
  const listed = wipefs.exitCode === 0 ? parseWipefs(wipefs.stdout) : undefined
  if (!listed || wipefs.stderr.trim() !== '') return unclear(wipefs)
  if (blkid.exitCode === ambivalent) return unclear(blkid)
  if (blkid.exitCode === 0 && blkid.stdout.trim() !== '') {
    const types = [...listed, ...typesOf(blkid.stdout)]
    return { kind: 'found', types: [...new Set(types)].sort() }
  }
  const isNothing =
    blkid.exitCode === nothingFound && `${blkid.stdout}${blkid.stderr}`.trim() === ''
  if (!isNothing) return unclear(blkid)
  return listed.length > 0 ? { kind: 'found', types: listed } : { kind: 'empty' }
}

function unclear({ argv, exitCode, stderr, timedOut, problem }: CommandResult): Finding {
  const tool = argv[0] ?? 'the tool'
  if (problem === 'not-found') {
    const from = tool === 'dd' ? 'coreutils' : 'util-linux'
    return { kind: 'unclear', reason: `there is no ${tool} on this machine: install ${from}` }
  }
  if (timedOut) return { kind: 'unclear', reason: `${tool} did not answer in time` }
  const words = stderr.trim().split('\n').at(-1)
  const said = words ? `: ${words}` : ''
  return { kind: 'unclear', reason: `${tool} ended with ${exitCode ?? 'no exit code'}${said}` }
}

function parseWipefs(text: string): string[] | undefined {
  if (text.trim() === '') return []
  try {
    const { signatures } = Signatures.parse(JSON.parse(text))
    return [...new Set(signatures.map(({ type }) => type))].sort()
  } catch {
    return undefined
  }
}

function typesOf(text: string): string[] {
  return [...text.matchAll(/^(?:PT)?TYPE=(.+)$/gm)].map(([, type = '']) => type)
}
