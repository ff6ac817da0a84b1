/** Looks at the machine's disks: one lsblk, and one wipefs for those that seem to be empty. */
import type { ObservedDevice } from '@varve/events'
import type { CommandResult, Host } from '../host/host.ts'
import { type LookOptions, problemOf as toolProblem } from '../storage/look.ts'
import { lsblkArgv, signaturesArgv } from './argv.ts'
import { observedDevice, problemOf, signatureProblem } from './judge.ts'
import { type BlockDevice, parseLsblk, parseSignatures } from './parse.ts'

export type DevicesLook =
  | { readonly kind: 'seen'; readonly devices: readonly ObservedDevice[] }
  /** Nothing may be concluded about any of them. */
  | { readonly kind: 'unseen'; readonly error: string }

export async function lookAtDevices(host: Host, options: LookOptions = {}): Promise<DevicesLook> {
  const listed = await host.run(lsblkArgv, options)
  if (listed.exitCode !== 0) return { kind: 'unseen', error: toolProblem(listed) }
  const all = parseLsblk(listed.stdout)
  if (!all) return { kind: 'unseen', error: 'lsblk printed no report' }
  // A drive without a medium, an unused slot: there is nothing to tell.
  const devices = all.filter(({ sizeKib }) => sizeKib > 0)
  const open = devices.filter((device) => problemOf(device) === undefined)
  const found = await probe(host, open, options)
  return {
    kind: 'seen',
    devices: devices
      .map((device) => observedDevice(device, problemOf(device) ?? found.get(device.path)))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  }
}

/** Path → why not. wipefs stops at the first device that it cannot read: then each is asked alone. */
async function probe(
  host: Host,
  devices: readonly BlockDevice[],
  options: LookOptions,
): Promise<ReadonlyMap<string, string>> {
  if (devices.length === 0) return new Map()
  const paths = devices.map(({ path }) => path)
  const together = await host.run(signaturesArgv(paths), options)
  if (together.exitCode === 0 || paths.length === 1) return problemsIn(together, paths)
  const problems = new Map<string, string>()
  for (const path of paths) {
    const alone = await host.run(signaturesArgv([path]), options)
    for (const [of, problem] of problemsIn(alone, [path])) problems.set(of, problem)
  }
  return problems
}

function problemsIn(result: CommandResult, paths: readonly string[]): Map<string, string> {
  const signatures = result.exitCode === 0 ? parseSignatures(result.stdout) : undefined
  return new Map(
    paths.flatMap((path) => {
      const types = signatures?.get(path.split('/').at(-1) ?? path) ?? []
      const problem = signatures
        ? signatureProblem(types)
        : `what is on it cannot be told: ${toolProblem(result)}`
      return problem === undefined ? [] : [[path, problem] as const]
    }),
  )
}
