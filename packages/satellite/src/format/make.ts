/** Runs one mkfs, never without having looked right before, and looks again at what came of it. */
import type { StepFailure } from '@varve/events'
import type { MakeStep } from '../core/step.ts'
import type { CommandResult, Host } from '../host/host.ts'
import { problemOf } from '../storage/look.ts'
import { type Finding, findingOf, lookArgvs } from './signature.ts'

export type Made =
  | { readonly kind: 'made' }
  /** Something was on the device before; it was left alone. */
  | { readonly kind: 'found'; readonly types: readonly string[] }
  | { readonly kind: 'problem'; readonly failure: Omit<StepFailure, 'step' | 'at'> }

export async function makeFileSystem(step: MakeStep, host: Host): Promise<Made> {
  const { argv, device, type, timeoutMs, inUse } = step
  const before = await look(device, host)
  if (before.kind === 'found') {
    const half = await unfinished(step, host, before.types)
    if (half !== 'ours') return half ?? before
  }
  if (before.kind === 'unclear') return problem(lookArgvs(device)[0], cannotTell(device, before))
  if (inUse !== undefined) return problem(lookArgvs(device)[0], inUse)
  const result = await host.run(argv, { timeoutMs })
  if (result.exitCode !== 0) return { kind: 'problem', failure: failureOf(step, result) }
  const after = await look(device, host)
  if (after.kind === 'found' && after.types.includes(type)) return { kind: 'made' }
  const seen = after.kind === 'found' ? after.types.join(', ') : 'nothing'
  const instead = after.kind === 'unclear' ? after.reason : `${seen} is found on ${device}`
  return problem(argv, `mkfs.${type} says that it has done its work, but ${instead}`)
}

/** A report must stay small. */
const mostWords = 4_000

/**
 * mkfs.xfs writes its signature first, and last that it has finished; until then nobody can mount
 * it. One with our own UUID was cut off while we made it, and is made again. Any other is not for
 * us to write over: xfs_copy leaves the same when it is cut off.
 */
async function unfinished(
  { device, uuid }: MakeStep,
  host: Host,
  types: readonly string[],
): Promise<Made | 'ours' | undefined> {
  if (!types.includes('xfs')) return undefined
  const argv = ['xfs_db', '-r', '-c', 'sb 0', '-c', 'print inprogress uuid', device]
  const { stdout } = await host.run(argv)
  if (!/^inprogress = 1$/m.test(stdout)) return undefined
  const found = /^uuid = (\S+)$/m.exec(stdout)?.[1]
  if (found !== undefined && found === uuid && types.length === 1) return 'ours'
  const remedy = `when nobody needs it, wipefs --all ${device} and Varve makes another`
  return problem(argv, `an XFS that was never finished is on ${device}: ${remedy}`)
}

async function look(device: string, host: Host): Promise<Finding> {
  const [read, wipefs, blkid] = lookArgvs(device)
  return findingOf(await host.run(read), await host.run(wipefs), await host.run(blkid))
}

function cannotTell(device: string, { reason }: Extract<Finding, { kind: 'unclear' }>): string {
  return `whether anything is on ${device} cannot be told, so no file system is made: ${reason}`
}

const problem = (argv: readonly string[], stderr: string): Made => ({
  kind: 'problem',
  failure: { argv: [...argv], stderr },
})

function failureOf(step: MakeStep, result: CommandResult): Omit<StepFailure, 'step' | 'at'> {
  const isMissing = result.problem === 'not-found'
  // mkfs.xfs ends with a page of usage, whatever is wrong.
  const [said = ''] = result.stderr.split(/^Usage: /m)
  const words = said.trim() || result.stdout.trim() || problemOf(result)
  return {
    argv: [...step.argv],
    ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    ...(result.timedOut ? { timedOut: true } : {}),
    stderr: isMissing ? `${problemOf(result)}: install ${step.package}` : words.slice(0, mostWords),
  }
}
