/** Takes and removes snapshots in a lab, whose nodes may be too busy for the limit of a suspension. */
import { until } from '../system/harness.ts'
import type { LabSystem } from './system.ts'

type Row = { readonly name: string; readonly status: string; readonly problem?: string }

/** The definition's snapshots, the oldest first. */
export async function snapshotsOf(system: LabSystem, definition: string): Promise<Row[]> {
  return ((await system.query('snapshots', { definition })) as { rows: Row[] }).rows
}

/** On a busy machine the limit may be over before all nodes are done: then once more. */
export async function takeSnapshot(
  system: LabSystem,
  definition: string,
  snapshot: string,
): Promise<void> {
  let problem: string | undefined
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await system.must('snapshot.create', { definition, snapshot })
    const row = await until('the snapshot is ready or has failed', async () => {
      const found = (await snapshotsOf(system, definition)).find(({ name }) => name === snapshot)
      return found?.status === 'ready' || found?.status === 'failed' ? found : undefined
    })
    if (row.status === 'ready') return
    problem = row.problem
    await removeSnapshot(system, definition, snapshot)
  }
  throw new Error(`no snapshot, however often it was asked for: ${problem}`)
}

export async function removeSnapshot(
  system: LabSystem,
  definition: string,
  snapshot: string,
): Promise<void> {
  await system.must('snapshot.delete', { definition, snapshot })
  await system.settled(definition)
  await until(`snapshot ${snapshot} is gone`, async () => {
    const left = (await snapshotsOf(system, definition)).map(({ name }) => name)
    return !left.includes(snapshot) || undefined
  })
}
