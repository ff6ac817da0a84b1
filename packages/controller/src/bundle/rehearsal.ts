/** A bundle decided again by the rules of this release, from the first entry to the last. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createState, evolveEntry, genesis } from '@varve/events'
import { stateHash } from '../book.ts'
import { type Difference, decisionsOf, rehearse } from '../core/rehearse/rehearse.ts'
import { readEntries } from '../log/block.ts'
import { blocksOf } from './blocks.ts'
import type { BundleHead } from './form.ts'
import { unpack } from './unpack.ts'

export type Rehearsal = {
  readonly head: BundleHead
  readonly blocks: number
  readonly decisions: number
  /** The first ones, `most` of them. */
  readonly differences: readonly Difference[]
  readonly differing: number
  /** True: this release folds the log to the very state that it was bundled with. */
  readonly isSameState: boolean
}

export async function rehearseBundle(
  path: string,
  most: number,
  onProgress: (blocks: number) => void = () => {},
): Promise<Rehearsal> {
  const directory = await mkdtemp(join(tmpdir(), 'varve-rehearsal-'))
  await using parts = new AsyncDisposableStack()
  parts.defer(() => rm(directory, { recursive: true, force: true }))
  const { head, end } = await unpack(path, directory, Number.POSITIVE_INFINITY)
  const state = createState(genesis)
  const differences: Difference[] = []
  let [decisions, differing] = [0, 0]
  for await (const blocks of blocksOf(join(directory, 'journal'))) {
    for (const { bytes, sequence, hash } of blocks) {
      for (const decision of decisionsOf(readEntries(bytes))) {
        decisions += 1
        const difference = rehearse(state, decision, sequence)
        if (difference) {
          differing += 1
          if (differences.length < most) differences.push(difference)
        }
        for (const entry of decision.entries) evolveEntry(state, entry, sequence)
      }
      state.position.sequence = sequence
      state.position.hash = hash
    }
    onProgress(state.position.sequence)
  }
  const isSameState = stateHash(state) === end.stateHash
  return { head, blocks: end.sequence, decisions, differences, differing, isSameState }
}
