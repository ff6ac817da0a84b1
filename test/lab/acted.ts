import { until } from '../system/harness.ts'
import type { LabSystem } from './system.ts'

/** Resolves when these nodes have acted on a document that is newer than all commands so far. */
export async function haveActed(
  system: LabSystem,
  definition: string,
  nodes: readonly string[],
): Promise<void> {
  // An option that DRBD takes at any time, and that its peers need not agree to.
  const setProps = { 'DrbdOptions/Net/max-epoch-size': '2049' }
  await system.must('resource-definition.modify', { definition, setProps })
  for (const name of nodes) {
    await until(`${name} has the new option`, async () => {
      const { stdout } = await system.node(name).run(['drbdsetup', 'show', definition])
      return /max-epoch-size\s+2049/.test(stdout) || undefined
    })
  }
}
