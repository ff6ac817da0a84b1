/** The last look at a disk before something is put on it: nothing may be there, and nobody. */
import { findingOf, lookArgvs } from '../format/signature.ts'
import type { Host } from '../host/host.ts'
import { problemOf } from '../storage/look.ts'

/**
 * Opens the device for itself alone and writes nothing: the kernel refuses that as long as anything
 * at all has it, be it a mount, another device above it, swap space, or a program that said so.
 */
const claimArgv = (device: string) => ['wipefs', '--all', '--no-act', '--quiet', device]

/** Why nothing may be put on it now, as a sentence part; undefined: it is empty and free. */
export async function vacancyProblem(device: string, host: Host): Promise<string | undefined> {
  const [read, wipefs, blkid] = lookArgvs(device)
  const finding = findingOf(await host.run(read), await host.run(wipefs), await host.run(blkid))
  if (finding.kind === 'found') return `${device} holds ${finding.types.join(', ')}`
  if (finding.kind === 'unclear') return `what is on ${device} cannot be told: ${finding.reason}`
  const claim = await host.run(claimArgv(device))
  return claim.exitCode === 0 ? undefined : `${device} is not free: ${problemOf(claim)}`
}
